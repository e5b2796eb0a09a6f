import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Manual } from "../../src/commands/manual.ts";
import { root } from "./executable.ts";
import { capture } from "./process.ts";

/** Lays out what an installation consists of, below a folder, as `scripts/install.sh` expects it. The executable is moved there. */
export function layOut(folder: string, executable: string, manual: Manual): void {
  const texts: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(manual.manPages).map(([file, page]) => [`share/man/man1/${file}`, page])),
    "share/bash-completion/completions/fleet": manual.completions.bash,
    "share/zsh/site-functions/_fleet": manual.completions.zsh,
    "share/fish/vendor_completions.d/fleet.fish": manual.completions.fish,
  };
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(folder, "share/doc/ai-fleet"), { recursive: true });
  for (const name of ["LICENSE", "README.md"]) copyFileSync(join(root, name), join(folder, "share/doc/ai-fleet", name));
  mkdirSync(join(folder, "bin"), { recursive: true });
  renameSync(executable, join(folder, "bin/fleet"));
  symlinkSync("fleet", join(folder, "bin/flt"));
}

/** `smallest` is for a release; `fastest` to see that there is one, and whether it is the same twice. */
export type Effort = "smallest" | "fastest";

/**
 * What xz does with an archive. Its filter for x86 saves another twentieth of a program; every xz undoes it, which is not so of the
 * one for arm64 (5.4 and newer).
 */
export function filters(name: string, effort: Effort): string[] {
  if (effort === "fastest") return ["-0"];
  return [...(name.includes("x64") ? ["--x86"] : []), "--lzma2=preset=6,dict=64MiB"];
}

/** Packs a folder to `NAME.tar.gz` and `NAME.tar.xz`, the same bytes for the same content: sorted, of nobody, of one moment. */
export async function pack(
  folder: string,
  name: string,
  { seconds, output, effort }: { readonly seconds: number; readonly output: string; readonly effort: Effort },
): Promise<void> {
  const archive = join(output, `${name}.tar`);
  await capture([
    ...["tar", "--sort=name", `--mtime=@${seconds}`, "--owner=0", "--group=0", "--numeric-owner", "--mode=u+rwX,go=rX"],
    ...["--format=ustar", "-cf", archive, "-C", dirname(folder), folder.slice(dirname(folder).length + 1)],
  ]);
  // One thread, for the bytes of xz depend on how many there are.
  await capture(["xz", "--keep", "--threads=1", ...filters(name, effort), archive]);
  await capture(["gzip", effort === "smallest" ? "-9" : "-1", "--no-name", archive]);
}
