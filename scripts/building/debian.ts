import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { Effort } from "./archive.ts";
import { root } from "./executable.ts";
import { capture } from "./process.ts";

type Architecture = "amd64" | "arm64";

const maintainer = "ai-fleet maintainers <maintainers@users.noreply.github.com>";

/** A package for Debian and what derives from it, out of a laid-out folder: `ai-fleet_VERSION_ARCHITECTURE.deb`. */
export async function debianPackage(
  folder: string,
  architecture: Architecture,
  { seconds, output, effort }: { readonly seconds: number; readonly output: string; readonly effort: Effort },
): Promise<void> {
  const stage = join(output, `deb-${architecture}`);
  const file = join(output, `ai-fleet_${packageJson.version}_${architecture}.deb`);
  const packed = ["-Zxz", effort === "smallest" ? "-z6" : "-z0"];
  try {
    layOut(folder, stage);
    await addDocuments(stage, seconds);
    addControl(stage, architecture);
    await capture(["chmod", "-R", "u+rwX,go=rX", stage]);
    chmodSync(join(stage, "usr/bin/fleet"), 0o755);
    await capture(["dpkg-deb", "--root-owner-group", ...packed, "--build", stage, file], {
      environment: { SOURCE_DATE_EPOCH: String(seconds) },
    });
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Puts the files of a release where Debian has them, which has its own folder for the completions of zsh. */
function layOut(folder: string, stage: string): void {
  for (const part of ["bin", "share"]) {
    cpSync(join(folder, part), join(stage, "usr", part), { recursive: true, verbatimSymlinks: true });
  }
  const zsh = join(stage, "usr/share/zsh");
  renameSync(join(zsh, "site-functions"), join(zsh, "vendor-completions"));
}

/** Debian has its own name and form for the licence, and packs the manual and the change log. */
async function addDocuments(stage: string, seconds: number): Promise<void> {
  const documents = join(stage, "usr/share/doc/ai-fleet");
  const manual = join(stage, "usr/share/man/man1");
  rmSync(join(documents, "LICENSE"));
  writeFileSync(join(documents, "copyright"), copyright());
  writeFileSync(join(documents, "changelog"), changelog(seconds));
  for (const path of [...readdirSync(manual).map((name) => join(manual, name)), join(documents, "changelog")]) {
    await capture(["gzip", "-9", "--no-name", path]);
  }
}

function changelog(seconds: number): string {
  const { version, homepage } = packageJson;
  const day = new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
  return `ai-fleet (${version}) stable; urgency=medium\n\n  * See ${homepage}/releases.\n\n -- ${maintainer}  ${day}\n`;
}

/** What dpkg is told of the package, and lintian of what is meant to be as it is. */
function addControl(stage: string, architecture: Architecture): void {
  const overrides = join(stage, "usr/share/lintian/overrides");
  const control = join(stage, "DEBIAN");
  mkdirSync(overrides, { recursive: true });
  copyFileSync(join(root, "scripts/building/lintian-overrides"), join(overrides, "ai-fleet"));
  const size = statSync(join(stage, "usr/bin/fleet")).size;
  mkdirSync(control, { recursive: true });
  writeFileSync(join(control, "control"), controlFile(architecture, size));
}

function controlFile(architecture: Architecture, bytes: number): string {
  const { version, homepage, description } = packageJson;
  return [
    "Package: ai-fleet",
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${maintainer}`,
    `Installed-Size: ${Math.ceil(bytes / 1024)}`,
    "Depends: libc6 (>= 2.17), git (>= 1:2.31), tmux (>= 3.2)",
    "Section: devel",
    "Priority: optional",
    `Homepage: ${homepage}`,
    "Description: fleets of AI coding agents, each in a git worktree and tmux session",
    ...wrapped(description).map((line) => ` ${line}`),
    "",
  ].join("\n");
}

/** lintian wants lines of a description to be shorter than 80 characters. */
function wrapped(text: string): string[] {
  return text.match(/.{1,75}(?:\s|$)/g)?.map((line) => line.trim()) ?? [text];
}

/** DEP-5, as Debian wants it. */
function copyright(): string {
  const licence = readFileSync(join(root, "LICENSE"), "utf8").trim().split("\n");
  const holder = licence.find((line) => line.startsWith("Copyright"))?.replace(/^Copyright \(c\) /, "") ?? "";
  const text = licence.slice(licence.findIndex((line) => line.startsWith("Permission")));
  return [
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    `Source: ${packageJson.homepage}`,
    "",
    "Files: *",
    `Copyright: ${holder}`,
    "License: Expat",
    ...text.map((line) => (line === "" ? " ." : ` ${line}`)),
    "",
  ].join("\n");
}
