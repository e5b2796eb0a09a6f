import { expect, test } from "bun:test";
import { CallLine } from "../../../src/hosts/calls.ts";
import { build } from "../../../src/system/build.ts";
import { hostOfNomad } from "./nomad-host.ts";

/** What a call of ours ends with where the fleet of the host has this version and answers with this error. */
async function refused(version: string, error: object): Promise<readonly unknown[]> {
  const line = new CallLine(hostOfNomad({}), (said) => {
    const { id } = JSON.parse(said) as { readonly id: number };
    line.hear(JSON.stringify({ id, error }));
  });
  line.hear(JSON.stringify({ hello: { api: 1, fleet: version } }));
  return line.call("list", {}).then(
    () => [],
    ({ kind, message, hint, code }) => [kind, message, hint, code],
  );
}

test("a fleet that does not know what is asked of it is named with its version, and with the line that brings both to one", async () => {
  const unknown = { kind: "usage", code: "malformed-call", message: "the input of list: Unrecognized key" };
  const asked = `which does not do this as ${build.version} here asks for it`;
  const bring = "to bring both to one version, run fleet hosts add lab -y";
  const { version } = build;
  for (const [there, said, hint] of [
    ["0.0.0-beta", "lab has fleet 0.0.0-beta", bring],
    [version, `lab has another build of fleet ${version}`, bring],
    ["0.999.0", "lab has fleet 0.999.0", "to get the newer one here, run fleet upgrade"],
  ] as const) {
    expect(await refused(there, unknown)).toEqual(["failed", `${said}, ${asked}`, hint, "malformed-call"]);
  }
});

test("any other error of a host is its own, with its name", async () => {
  const error = { kind: "failed", code: "dirty", message: "it has unsaved files", hint: "run git stash" };
  expect(await refused("0.0.1", error)).toEqual([
    "failed",
    "lab: it has unsaved files",
    "on lab: run git stash",
    "dirty",
  ]);
});
