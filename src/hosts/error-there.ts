import { exitCodes, type FailureKind, FleetError } from "../errors.ts";
import { build } from "../system/build.ts";
import type { Host } from "./host.ts";

/** Something that a host tells of a call that is done there. */
export type Told = Readonly<Record<string, unknown>>;

/** What we call is right where the fleet there is the same: another one may not know it yet, or not any more. */
const strange: readonly unknown[] = ["unknown-operation", "malformed-call"];

/** The error that a call ended with on a host, which has this version of fleet, as one of ours: it says where it was. */
export function errorThere(host: Host, version: string, told: Told): FleetError {
  const { kind, code, message, hint, output } = told;
  const { name } = host;
  if (strange.includes(code)) return otherFleet(host, version, told);
  const known = typeof kind === "string" && Object.hasOwn(exitCodes, kind) ? (kind as FailureKind) : "failed";
  return new FleetError(known, `${name}: ${String(message)}`, {
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof hint === "string" ? { hint: `on ${name}: ${hint}` } : {}),
    ...(typeof output === "string" ? { output } : {}),
  });
}

/** The error for a fleet that is not told from ours by its major version, and does not take what we ask. The code stays. */
function otherFleet({ name }: Host, version: string, { code, message }: Told): FleetError {
  const which = version === build.version ? `another build of fleet ${version}` : `fleet ${version}`;
  const isNewer = Bun.semver.order(version, build.version) > 0;
  return new FleetError("failed", `${name} has ${which}, which does not do this as ${build.version} here asks for it`, {
    code: String(code),
    output: String(message),
    hint: isNewer
      ? "to get the newer one here, run fleet upgrade"
      : `to bring both to one version, run fleet hosts add ${name} -y`,
  });
}
