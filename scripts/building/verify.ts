import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capture } from "./process.ts";

/** What was run where, by the name of the archive; what cannot be run on this machine says so. */
export async function verify(release: string): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  for (const [platform, runner] of Object.entries(runners())) {
    const name = `fleet-${platform}.tar.gz`;
    results[name] = runner === undefined ? notHere : await tried(release, name, runner);
  }
  return results;
}

const notHere = "format, architecture and version looked at; for musl and arm64, see scripts/try-install";

/** How the programs of other platforms run here: by themselves, by musl's own loader, or under qemu-user. */
function runners(): Record<string, readonly string[] | undefined> {
  const only = (path: string, argv: readonly string[]) => (existsSync(path) ? argv : undefined);
  const qemu = "/usr/bin/qemu-aarch64-static";
  return {
    "linux-x64": [],
    "linux-arm64": only("/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1", [qemu, "-L", "/usr/aarch64-linux-gnu"]),
    "linux-x64-musl": only("/etc/alpine-release", []),
    "linux-arm64-musl": undefined,
    "darwin-x64": undefined,
    "darwin-arm64": undefined,
  };
}

async function tried(release: string, name: string, runner: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "fleet-verify-"));
  try {
    await capture(["tar", "-xzf", join(release, name), "-C", folder, "--strip-components", "1"]);
    const version = await capture([...runner, join(folder, "bin/fleet"), "--version"]);
    return `ran${runner.length === 0 ? "" : " under qemu-user"}: ${version.trim()}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
