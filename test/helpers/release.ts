import { onTestFinished } from "bun:test";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { temporaryFolder } from "./folder.ts";

/** How a release is damaged on its way. */
export interface Damage {
  /** The archive ends in the middle, as with a connection that breaks. */
  readonly half?: boolean;
  /** The archive is another one than the sums name. */
  readonly wrongSum?: boolean;
  /** The program in it cannot run here. */
  readonly doesNotRun?: boolean;
}

/** For another machine than this: `linux-arm64`. */
interface Elsewhere {
  readonly platform?: string;
}

/** A server of releases for the platform of this machine, and the versions it has; gone after the test. */
export interface ReleaseServer {
  /** For `FLEET_ADDRESS`. */
  readonly address: string;
  /** What was asked for, in order: the paths, with the host before it when the server was used as a proxy. */
  readonly asked: readonly string[];
  publish(version: string, program: string, options?: Damage & Elsewhere): void;
}

/** A program that only says its version, as small as can be. */
export function standIn(version: string): string {
  return `#!/bin/sh\necho 'fleet ${version}'\n`;
}

/** Serves releases in the layout of the real ones: `releases/download/vV/FILE`, and the one published last as `latest/download`. */
export function releaseServer(): ReleaseServer {
  const folder = temporaryFolder();
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { host, pathname } = new URL(request.url);
      asked.push(host === new URL(server.url).host ? pathname : `${host}${pathname}`);
      const file = join(folder, pathname.replace(/^.*?\/releases\//, "").replace("latest/download", "latest"));
      return existsSync(file) ? new Response(Bun.file(file)) : new Response("not found", { status: 404 });
    },
  });
  onTestFinished(() => server.stop(true));
  return {
    address: `http://127.0.0.1:${server.port}`,
    asked,
    publish(version, program, options = {}) {
      const release = join(folder, "download", `v${version}`);
      makeRelease(
        release,
        version,
        options.doesNotRun === true ? "#!/bin/sh\necho 'no such library' >&2; exit 127\n" : program,
        options,
      );
      rmSync(join(folder, "latest"), { force: true });
      symlinkSync(release, join(folder, "latest"));
    },
  };
}

function makeRelease(
  release: string,
  version: string,
  program: string,
  { half, wrongSum, platform = ownPlatform() }: Damage & Elsewhere,
): void {
  const tree = join(release, `fleet-${version}`);
  const files: Readonly<Record<string, string>> = {
    "share/man/man1/fleet.1": `.TH fleet 1 "" "${version}"\n`,
    // Every version has a command that the others have not.
    [`share/man/man1/fleet-only-in-${version}.1`]: `.TH fleet 1 "" "${version}"\n`,
    "share/bash-completion/completions/fleet": "# bash\n",
    "share/zsh/site-functions/_fleet": "# zsh\n",
    "share/fish/vendor_completions.d/fleet.fish": "# fish\n",
    "share/doc/ai-fleet/LICENSE": "MIT\n",
    "share/doc/ai-fleet/README.md": `# ${packageJson.name}\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  mkdirSync(join(tree, "bin"));
  if (program.startsWith("/")) cpSync(program, join(tree, "bin/fleet"));
  else writeFileSync(join(tree, "bin/fleet"), program);
  chmodSync(join(tree, "bin/fleet"), 0o755);
  symlinkSync("fleet", join(tree, "bin/flt"));
  const packers = program.startsWith("/") ? { gz: "gzip -1" } : { gz: "gzip -1", xz: "xz -0" };
  const sums = Object.entries(packers).map(([suffix, packer]) => {
    const name = `fleet-${platform}.tar.${suffix}`;
    const archive = join(release, name);
    // The fastest level, and the real program, which has a hundred megabytes, by gzip alone.
    const packed = Bun.spawnSync(["tar", "-I", packer, "-cf", archive, "-C", release, `fleet-${version}`]);
    if (packed.exitCode !== 0) throw new Error(packed.stderr.toString());
    const bytes = readFileSync(archive);
    if (half === true) writeFileSync(archive, bytes.subarray(0, bytes.length / 2));
    const sum = new Bun.CryptoHasher("sha256").update(wrongSum === true ? `${bytes}!` : bytes).digest("hex");
    return `${sum}  ${name}\n`;
  });
  rmSync(tree, { recursive: true });
  writeFileSync(join(release, "SHA256SUMS"), sums.join(""));
}

/** This machine as the names of the archives have it. */
function ownPlatform(): string {
  const libc = existsSync("/etc/alpine-release") ? "-musl" : "";
  return `${process.platform}-${process.arch}${libc}`;
}
