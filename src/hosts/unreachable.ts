import { FleetError } from "../errors.ts";
import { type Host, lineByHand } from "./host.ts";

/** What the words of ssh mean, the first that fits. */
const reasons: readonly {
  readonly said: RegExp;
  readonly code: string;
  readonly why: string;
  readonly hint: (host: Host) => string;
}[] = [
  {
    said: /REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed/i,
    code: "host-key-changed",
    why: "it has another host key than the one you know",
    hint: (host) => `if you know why, remove the old key with ssh-keygen -R, then run ${lineByHand(host)}`,
  },
  {
    said: /Host key verification failed|No .* host key is known/i,
    code: "host-key-unknown",
    why: "its host key is not known yet, and is not accepted unseen",
    hint: (host) => `to look at the key and accept it, run ${lineByHand(host)}`,
  },
  {
    said: /Permission denied|Too many authentication failures|No supported authentication methods/i,
    code: "host-login-refused",
    why: "it does not let you in, and nobody is asked for a password here",
    hint: (host) => `to see why, or to add a key to your agent with ssh-add, run ${lineByHand(host)}`,
  },
  {
    said: /Could not resolve hostname|Name or service not known/i,
    code: "host-name-unknown",
    why: "nobody knows its name",
    hint: (host) => `check ssh in [hosts.${host.name}]: ${lineByHand(host)}`,
  },
  {
    said: /Bad configuration option|Bad owner or permissions|Can't open user config|terminating, \d+ bad/i,
    code: "host-ssh-config",
    why: "ssh refuses its configuration",
    hint: (host) => `to see it, run ${lineByHand(host)}`,
  },
];

/** Why a host cannot be spoken with, from what ssh said: its exit code is 255 whatever the reason. */
export function unreachable(host: Host, stderr: string): FleetError {
  const found = reasons.find(({ said }) => said.test(stderr));
  const last = stderr.trim().split("\n").at(-1)?.trim() ?? "";
  const why = found?.why ?? (last === "" ? "ssh ended without a word" : last.replace(/^ssh: /, ""));
  return new FleetError("failed", `${host.name} cannot be reached: ${why}`, {
    code: found?.code ?? "host-unreachable",
    ...(found === undefined || stderr.trim() === "" ? {} : { output: stderr.trim() }),
    hint: found?.hint(host) ?? `to try it by hand, run ${lineByHand(host)}; then fleet hosts check ${host.name}`,
  });
}

/** The error for a host that has said nothing for as long as it is waited for. */
export function silent(host: Host, milliseconds: number): FleetError {
  return new FleetError("failed", `${host.name} cannot be reached: no answer in ${milliseconds / 1000} s`, {
    code: "host-silent",
    hint: `to try it by hand, run ${lineByHand(host)}; then fleet hosts check ${host.name}`,
  });
}

/** The error for a link that ended in the middle of something, which goes on there. */
export function lost(host: Host, what: string): FleetError {
  return new FleetError("failed", `the link to ${host.name} was lost during ${what}; what it had begun goes on there`, {
    code: "host-link-lost",
    hint: `to see what came of it, run fleet hosts check ${host.name}, then fleet list`,
  });
}
