import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox } from "./agents.ts";

interface Scene {
  readonly box: Sandbox;
  readonly project: Repository;
  readonly worktree: string;
}

/** What git refuses in the worktree of an agent, and what is said of it. The file `mine` beside it is none of its business. */
const refused: Readonly<Record<string, { readonly make: (scene: Scene) => unknown; readonly said: string }>> = {
  "a repository inside without a commit": {
    make: ({ box, worktree }) => box.run(["git", "init", "--quiet", "inner"], { cwd: worktree }).expect(),
    said: "git cannot read inner: does not have a commit checked out",
  },
  "a file whose filter fails": {
    make: async ({ project, worktree }) => {
      await project.git("config", "filter.broken.clean", "false");
      await project.git("config", "filter.broken.required", "true");
      writeFileSync(join(worktree, ".gitattributes"), "secret* filter=broken\n");
      writeFileSync(join(worktree, "secret one"), "1\n");
      writeFileSync(join(worktree, "secret two"), "2\n");
    },
    said: "git cannot read secret one: clean filter 'broken' failed: what it is for is shown as it is on disk",
  },
  "a file whose line ends would not come back": {
    make: async ({ project, worktree }) => {
      await project.git("config", "core.safecrlf", "true");
      writeFileSync(join(worktree, ".gitattributes"), "* text eol=crlf\n");
      writeFileSync(join(worktree, "unix"), "1\n2\n");
    },
    said: "",
  },
};

for (const [what, { make, said }] of Object.entries(refused)) {
  test(`a difference shows the rest and names what git refuses: ${what}`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    for (const branch of ["fix", "other"]) await box.fleet(["create", branch], at);
    const { worktree } = agentOn(box, "fix");
    writeFileSync(join(worktree, "mine"), "what fix has\n");
    await make({ box, project, worktree });
    const warning = said === "" ? "" : `  ! fix: ${said}\n`;
    for (const how of [[], ["--stat"], ["--name-only"]]) {
      await box.fleet(["diff", "fix", ...how], at).expect({ stdout: /mine/, stderr: warning });
    }
    await box.fleet(["diff", "fix", "other", "--stat"], at).expect({ stdout: /mine/, stderr: warning });
    const { stdout } = await box.fleet(["diff", "fix", "--json"], at).expect({ stdout: /mine/ });
    expect(JSON.parse(stdout).agents[0].left_out?.length).toBe(said === "" ? undefined : 1);
  });
}

test("a repository inside without a commit keeps nobody from committing the rest", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  await box.run(["git", "init", "--quiet", "inner"], { cwd: worktree }).expect();
  writeFileSync(join(worktree, "inner/draft"), "of the inner one\n");
  const named =
    "  ! fix: the commit has nothing of inner, a repository of its own; the files are in its worktree, which lives on\n";
  await box.fleet(["merge", "fix", "--commit"], at).expect({
    stdout: "  fix  nothing to merge  all of it is in main\n",
    stderr: named,
  });
  writeFileSync(join(worktree, "mine"), "what fix has\n");
  await box.fleet(["merge", "fix", "--commit"], at).expect({
    stdout: /^ {2}fix {2}merged/,
    stderr: new RegExp(`^${named.replaceAll("!", "\\!")}`),
  });
  expect(await project.git("show", "--format=", "--name-only", "HEAD")).toBe("mine");
  writeFileSync(join(worktree, "more"), "later\n");
  await box.fleet(["kill", "fix", "--commit"], at).expect({ stdout: /^ {2}fix {2}ended/, stderr: /nothing of inner/ });
  expect(await project.git("show", "--format=", "--name-only", "fix")).toBe("more");
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /./ });
  await box.run(["cat", "inner/draft"], { cwd: agentOn(box, "fix").worktree }).expect({ stdout: "of the inner one\n" });
});

test("what is not committed in a submodule is named where the rest is committed", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const library = await box.repository("library");
  const at = { cwd: project.path };
  Object.assign(box.env, { GIT_ALLOW_PROTOCOL: "file" });
  await project.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", library.path, "library");
  await project.git("commit", "--quiet", "--message=library");
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  await box.run(["git", "submodule", "update", "--quiet", "--init"], { cwd: worktree }).expect();
  writeFileSync(join(worktree, "library/draft"), "of the library\n");
  const named =
    "  ! fix: the commit has nothing of what is not committed in library, a submodule; the files are in its worktree, which lives on\n";
  await box.fleet(["merge", "fix", "--commit"], at).expect({
    stdout: "  fix  nothing to merge  all of it is in main\n",
    stderr: named,
  });
  writeFileSync(join(worktree, "mine"), "what fix has\n");
  const { stderr } = await box
    .fleet(["merge", "fix", "--commit"], at)
    .expect({ stdout: /^ {2}fix {2}merged/, stderr: /./ });
  expect(stderr).toStartWith(named);
  expect(await project.git("show", "--format=", "--name-only", "HEAD")).toBe("mine");
  await box
    .fleet(["kill", "fix", "--commit"], at)
    .expect({ stdout: /^ {2}fix {2}ended/, stderr: /not committed in library/ });
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /./ });
  await box.run(["cat", "library/draft"], { cwd: worktree }).expect({ stdout: "of the library\n" });
});

/** The home of fleet as only this script sees it: nothing can be written there, and nothing in what is on it as well. */
const closedHome = `
mount --bind "$HOME/.ai_fleet" "$HOME/.ai_fleet" && mount -o remount,ro,bind "$HOME/.ai_fleet" && exec fleet "$@"
`;

if (process.platform === "linux") {
  test("agents are compared where nothing can be written into the home of fleet", async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    for (const branch of ["fix", "other"]) await box.fleet(["create", branch], { cwd: project.path });
    writeFileSync(join(agentOn(box, "fix").worktree, "mine"), "what fix has\n");
    const looks = [["diff", "fix", "--stat"], ["diff", "fix", "other"], ["compare", "fix", "other"], ["overlap"]];
    for (const look of looks) {
      const words = ["unshare", "-rm", "sh", "-c", closedHome, "fleet", ...look];
      const { code, stdout, stderr } = await box.run(words, { cwd: project.path });
      // There is nothing that two could have in common: `overlap` says so beside its empty answer.
      expect([look, code, stdout + stderr]).toEqual([look, 0, expect.stringMatching(/mine|fix|1 pair/)]);
    }
  });
}
