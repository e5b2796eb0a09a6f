import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { Effort } from "./archive.ts";
import { root } from "./executable.ts";
import { capture } from "./process.ts";

/** The SHA-256 of each archive by its name. */
export type Sums = Readonly<Record<string, string>>;

/** A Homebrew formula that takes the archives of this release. */
export function formula(sums: Sums): string {
  const { version, homepage, license } = packageJson;
  const of = (platform: string) => {
    const name = `fleet-${platform}.tar.xz`;
    const sum = sums[name];
    if (sum === undefined) throw new Error(`the release has no ${name}`);
    return `      url "${homepage}/releases/download/v${version}/${name}"\n      sha256 "${sum}"`;
  };
  return `class AiFleet < Formula
  desc "Launch, watch, steer and merge a fleet of AI coding agents"
  homepage "${homepage}"
  version "${version}"
  license "${license}"

  depends_on "tmux"

  on_macos do
    on_arm do
${of("darwin-arm64")}
    end
    on_intel do
${of("darwin-x64")}
    end
  end

  on_linux do
    on_arm do
${of("linux-arm64")}
    end
    on_intel do
${of("linux-x64")}
    end
  end

  def install
    bin.install "bin/fleet", "bin/flt"
    man1.install Dir["share/man/man1/*.1"]
    bash_completion.install "share/bash-completion/completions/fleet"
    zsh_completion.install "share/zsh/site-functions/_fleet"
    fish_completion.install "share/fish/vendor_completions.d/fleet.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/fleet --version")
  end
end
`;
}

/** A package for Debian and what derives from it, out of a laid-out folder: `ai-fleet_VERSION_ARCHITECTURE.deb`. */
export async function debianPackage(
  folder: string,
  architecture: "amd64" | "arm64",
  { seconds, output, effort }: { readonly seconds: number; readonly output: string; readonly effort: Effort },
): Promise<void> {
  const { version, homepage, description } = packageJson;
  const stage = join(output, `deb-${architecture}`);
  const documents = join(stage, "usr/share/doc/ai-fleet");
  try {
    mkdirSync(join(stage, "DEBIAN"), { recursive: true });
    for (const part of ["bin", "share"]) {
      cpSync(join(folder, part), join(stage, "usr", part), { recursive: true, verbatimSymlinks: true });
    }
    // Debian has its own folder for the completions of zsh, its own name for the licence, and packs manual and change log.
    cpSync(join(stage, "usr/share/zsh/site-functions"), join(stage, "usr/share/zsh/vendor-completions"), {
      recursive: true,
    });
    rmSync(join(stage, "usr/share/zsh/site-functions"), { recursive: true });
    rmSync(join(documents, "LICENSE"));
    writeFileSync(join(documents, "copyright"), copyright());
    const day = new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
    writeFileSync(
      join(documents, "changelog"),
      `ai-fleet (${version}) stable; urgency=medium\n\n  * See ${homepage}/releases.\n\n -- ${maintainer}  ${day}\n`,
    );
    const pages = readdirSync(join(stage, "usr/share/man/man1")).map((name) => `usr/share/man/man1/${name}`);
    for (const path of [...pages, "usr/share/doc/ai-fleet/changelog"]) {
      await capture(["gzip", "-9", "--no-name", join(stage, path)]);
    }
    mkdirSync(join(stage, "usr/share/lintian/overrides"), { recursive: true });
    copyFileSync(join(root, "scripts/building/lintian-overrides"), join(stage, "usr/share/lintian/overrides/ai-fleet"));
    writeFileSync(
      join(stage, "DEBIAN/control"),
      [
        "Package: ai-fleet",
        `Version: ${version}`,
        `Architecture: ${architecture}`,
        `Maintainer: ${maintainer}`,
        `Installed-Size: ${Math.ceil(statSync(join(folder, "bin/fleet")).size / 1024)}`,
        "Depends: libc6 (>= 2.17), git (>= 1:2.31), tmux (>= 3.2)",
        "Section: devel",
        "Priority: optional",
        `Homepage: ${homepage}`,
        "Description: fleets of AI coding agents, each in a git worktree and tmux session",
        ...wrapped(description).map((line) => ` ${line}`),
        "",
      ].join("\n"),
    );
    await capture(["chmod", "-R", "u+rwX,go=rX", stage]);
    chmodSync(join(stage, "usr/bin/fleet"), 0o755);
    const name = `ai-fleet_${version}_${architecture}.deb`;
    await capture(
      [
        "dpkg-deb",
        "--root-owner-group",
        "-Zxz",
        effort === "smallest" ? "-z6" : "-z0",
        "--build",
        stage,
        join(output, name),
      ],
      {
        environment: { SOURCE_DATE_EPOCH: String(seconds) },
      },
    );
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** lintian wants lines of a description to be shorter than 80 characters. */
function wrapped(text: string): string[] {
  return text.match(/.{1,75}(?:\s|$)/g)?.map((line) => line.trim()) ?? [text];
}

const maintainer = "ai-fleet maintainers <maintainers@users.noreply.github.com>";

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
