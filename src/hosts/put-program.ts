import { readFileSync } from "node:fs";
import { FleetError } from "../errors.ts";
import type { Connection } from "./connection.ts";
import type { Host } from "./host.ts";

/** What a host has before anything is put there. */
export interface Findings {
  /** The program that answers there now, by its content, and its version; undefined when there is none. */
  readonly current: { readonly hash: string; readonly version: string } | undefined;
  /** Whether the new program is there already, whoever brought it. */
  readonly isThere: boolean;
  /** How much of it an earlier attempt of ours has brought. */
  readonly bytesThere: number;
}

/** The program that a host is to have. */
export interface Program {
  readonly bytes: Uint8Array;
  /** The beginning of its SHA-256: what it is called there. */
  readonly hash: string;
  readonly digest: string;
}

const folder = ".ai_fleet/bin";
const hashLength = 16;

/** Reads a program to be put on hosts. Throws FleetError when it cannot be read. */
export function readProgram(path: string): Program {
  const bytes = readFileSync(path);
  const digest = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  return { bytes, digest, hash: digest.slice(0, hashLength) };
}

/** What a host is, as in the names of releases: `linux-x64`, `linux-arm64-musl`. */
export async function systemOf(connection: Connection): Promise<string> {
  // As the installer looks: a Debian with the musl package has both loaders.
  const { stdout } = await connection.run(
    [
      "uname -s; uname -m",
      "for loader in /lib64/ld-linux-* /lib/ld-linux-* /lib/*-linux-gnu/ld-linux-*; do [ -e $loader ] && exit; done",
      "for loader in /lib/ld-musl-*; do [ -e $loader ] && echo -musl && exit; done",
    ].join("\n"),
  );
  const [kernel = "", machine = "", libc = ""] = stdout.split("\n");
  return `${kernel.toLowerCase()}-${machines[machine] ?? machine}${libc}`;
}

const machines: Readonly<Record<string, string>> = { x86_64: "x64", amd64: "x64", aarch64: "arm64", arm64: "arm64" };

/** Looks at what a host has. `owner` is this fleet's: each brings its own copy, so that two at a time do not mix theirs. */
export async function findings(connection: Connection, { hash }: Program, owner: string): Promise<Findings> {
  const { stdout } = await connection.run(
    [
      `cd "$HOME" || exit 1`,
      `readlink ${folder}/fleet 2>/dev/null || echo`,
      `if [ -x ${folder}/fleet ]; then ${folder}/fleet --version 2>/dev/null || echo; else echo; fi`,
      `if [ -x ${folder}/fleet-${hash} ]; then echo yes; else echo no; fi`,
      `if [ -f ${partOf(hash, owner)} ]; then wc -c <${partOf(hash, owner)}; else echo 0; fi`,
    ].join("\n"),
  );
  const [link = "", version = "", there = "", bytes = "0"] = stdout.split("\n");
  const current =
    version === "" ? undefined : { hash: link.replace(/^fleet-/, ""), version: version.trim().replace(/^fleet /, "") };
  return { current, isThere: there === "yes", bytesThere: Number(bytes) };
}

/**
 * Puts a program on a host and makes it the one that answers there: what was broken off goes on where it ended, it gets its name once all of
 * it is there and is what was sent, and a program that does not run does not take the place of another. Agents there keep the program
 * they were started with.
 * @throws {FleetError} `failed` when it did not arrive whole, or does not run there
 */
export async function putProgram(
  connection: Connection,
  program: Program,
  { owner, found }: { readonly owner: string; readonly found: Findings },
): Promise<void> {
  const { host } = connection;
  if (!found.isThere) await bring(connection, program, { owner, from: found.bytesThere });
  const next = `${folder}/.fleet-${owner}.link`;
  const { exitCode, stderr } = await connection.run(
    [
      `cd "$HOME" || exit 1`,
      `${folder}/fleet-${program.hash} --version >/dev/null || exit 1`,
      `rm -f ${next} && ln -s fleet-${program.hash} ${next} && mv -f ${next} ${folder}/fleet`,
    ].join("\n"),
  );
  if (exitCode !== 0) throw doesNotRun(host, stderr);
}

async function bring(
  connection: Connection,
  { bytes, hash, digest }: Program,
  { owner, from }: { readonly owner: string; readonly from: number },
): Promise<void> {
  const part = partOf(hash, owner);
  const rest = from < bytes.length ? from : 0;
  const redirection = rest === 0 ? ">" : ">>";
  // Words that bash, zsh and fish read alike: no quotes inside, and nothing that any of them would replace.
  const sent = await connection.send(
    `exec sh -c "cd && umask 077 && mkdir -p ${folder} && cat ${redirection} ${part}"`,
    bytes.subarray(rest),
  );
  const { exitCode, stderr } = await connection.run(
    [
      `cd "$HOME" || exit 1`,
      `sum() { sha256sum "$1" 2>/dev/null || shasum -a 256 "$1" 2>/dev/null || openssl dgst -r -sha256 "$1"; }`,
      `case $(sum ${part}) in ${digest}*) ;; *) rm -f ${part}; exit 9 ;; esac`,
      `chmod 700 ${part} && mv -f ${part} ${folder}/fleet-${hash}`,
    ].join("\n"),
  );
  if (exitCode === 0) return;
  // What an earlier attempt had brought may have been damaged: once more, all of it.
  if (rest > 0 && sent.exitCode === 0) return bring(connection, { bytes, hash, digest }, { owner, from: 0 });
  throw new FleetError(
    "failed",
    `the program did not arrive whole on ${connection.host.name}; nothing has changed there`,
    {
      code: "host-transfer",
      output: `${sent.stderr}${stderr}`,
      hint: `to try again, run fleet hosts add ${connection.host.name}`,
    },
  );
}

function partOf(hash: string, owner: string): string {
  return `${folder}/.fleet-${hash}-${owner}.part`;
}

function doesNotRun({ name }: Host, output: string): FleetError {
  return new FleetError("failed", `the program does not run on ${name}`, {
    code: "host-program",
    output,
    hint: `with another one, set fleet in [hosts.${name}] with fleet config edit`,
  });
}
