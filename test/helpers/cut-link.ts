import { mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestHost } from "./hosts.ts";

/** Ends the connection that a script on the host belongs to, as a cut cable does. */
const cut =
  'pid=$PPID; while [ "$(ps -o comm= -p "$pid")" != sshd ]; do pid=$(ps -o ppid= -p "$pid" | tr -d " "); done; kill -9 "$pid"';

/** Lets something go wrong on a host until what it returns is called, which leaves no hook in the mirrors there. */
export function goingWrong(host: TestHost, cause: (host: TestHost) => void): () => void {
  const real = realpathSync(program(host));
  cause(host);
  return () => {
    wrapProgram(host, `exec ${real} "$@"`);
    for (const git of ["git-upload-pack", "git-receive-pack"]) rmSync(join(host.bin, git), { force: true });
    for (const mirror of mirrorsOf(host)) rmSync(join(mirror, "hooks"), { recursive: true, force: true });
  };
}

/** Puts a shell script in the place of the program on a host, which is PROGRAM in it. */
export function wrapProgram(host: TestHost, script: string): void {
  const real = realpathSync(program(host));
  rmSync(program(host));
  writeFileSync(program(host), `#!/bin/sh\n${script.replaceAll("PROGRAM", real)}\n`, { mode: 0o755 });
}

/** Cuts the link before a line with this text gets to the program on a host (`in`), or from there (`out`). */
export function cutAt(host: TestHost, text: string, direction: "in" | "out"): void {
  const pass = 'while IFS= read -r line; do printf "%s\\n" "$line"; done';
  const watch = `while IFS= read -r line; do case $line in *'${text}'*) ${cut}; exit ;; esac; printf "%s\\n" "$line"; done`;
  const [before, after] = direction === "in" ? [watch, pass] : [pass, watch];
  wrapProgram(host, `[ "$1" = api ] || exec PROGRAM "$@"\n${before} | PROGRAM "$@" | ${after}`);
}

/** Names a file that is there once a line with this text has got to the program on a host. */
export function whenAsked(host: TestHost, text: string): string {
  const file = join(host.home, "asked");
  const tell = `case $line in *'${text}'*) : > "${file}" ;; esac`;
  wrapProgram(
    host,
    `[ "$1" = api ] || exec PROGRAM "$@"\nwhile IFS= read -r line; do printf "%s\\n" "$line"; ${tell}; done | PROGRAM "$@"`,
  );
  return file;
}

/** Cuts the link in a hook of the mirrors on a host that has them. */
export function cutInHook(host: TestHost, name: string): void {
  for (const mirror of mirrorsOf(host)) {
    mkdirSync(join(mirror, "hooks"), { recursive: true });
    writeFileSync(join(mirror, "hooks", name), `#!/bin/sh\n${cut}\n`, { mode: 0o755 });
  }
}

/** Cuts the link in the middle of what git itself sends from a host (`git-upload-pack`), or to it (`git-receive-pack`). */
export function cutInTransfer(host: TestHost, name: "git-upload-pack" | "git-receive-pack"): void {
  // The first bytes of the objects still get through.
  const pass =
    "while (sysread(STDIN, $b, 65536)) { if ($b =~ /PACK/) { syswrite(STDOUT, substr($b, 0, $+[0] + 9)); exit } syswrite(STDOUT, $b) }";
  const filter = `{ perl -e '${pass}'; ${cut}; }`;
  const git = `/usr/bin/${name} "$@"`;
  const piped = name === "git-upload-pack" ? `${git} | ${filter}` : `${filter} | ${git}`;
  writeFileSync(join(host.bin, name), `#!/bin/sh\n${piped}\n`, { mode: 0o755 });
}

function program({ home }: TestHost): string {
  return join(home, ".ai_fleet/bin/fleet");
}

function mirrorsOf({ home }: TestHost): string[] {
  const root = join(home, ".ai_fleet/mirrors");
  return readdirSync(root).map((name) => join(root, name));
}
