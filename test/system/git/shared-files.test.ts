import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sharedFiles, sharedSettings } from "../../../src/system/git/shared-files.ts";
import { sandbox } from "../../helpers/sandbox.ts";

const text = String.raw`# a comment \
[core] bare = false
	Editor = "a # b" ; no \
[remote "a.b \"c\" \\ D"]
	url = one \
	two
	url = three
	push
[Old.Sub.Name]
	key-1 = "x \\"
[alias]
; another
	co = checkout \\
	x = "!f() { \
 echo [no]; }; f"
[includeIf "gitdir:~/x/"] path = y
[branch "[odd]"]
	merge = refs/heads/[odd]
`;

test("settings have the names that git has for them, and what they say counts", async () => {
  await using box = await sandbox();
  const { path, git } = await box.repository();
  const file = join(path, ".git", "config");
  for (const written of [text, text.replaceAll("\n", "\r\n")]) {
    writeFileSync(file, written);
    const names = (await git("config", "--file", file, "--list", "--name-only", "--null")).split("\0").filter(Boolean);
    expect(Object.keys(sharedSettings(join(path, ".git")) ?? {}).sort()).toEqual([...new Set(names)].sort());
  }
  const before = sharedSettings(join(path, ".git")) ?? {};
  writeFileSync(file, text.replace("two", "2").replace("bare = false", "bare=false"));
  const after = sharedSettings(join(path, ".git")) ?? {};
  expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual([`remote.a.b "c" \\ D.url`]);
});

test("of files that cannot be read, nothing is said", async () => {
  await using box = await sandbox();
  const common = join(box.root, "common");
  expect([sharedSettings(common), sharedFiles(common)]).toEqual([undefined, {}]);
  mkdirSync(join(common, "hooks/pre-commit"), { recursive: true });
  mkdirSync(join(common, "config"));
  await box.run(["mkfifo", join(common, "hooks/post-commit")]).expect();
  expect([sharedSettings(common), sharedFiles(common)]).toEqual([undefined, {}]);
});
