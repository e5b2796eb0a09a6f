import { expect, test } from "bun:test";
import { demoSandbox } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";
import { serving } from "./served.ts";

interface Made {
  readonly agents: readonly { readonly branch: string; readonly host: string }[];
  readonly failures: readonly unknown[];
}

test("a server starts agents on other machines, one that is named or those with most room, and keeps names apart", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository("project");
  const { ask } = await serving(box, cwd);
  expect(await (await ask("/api/v1/server")).json()).toMatchObject({ hosts: [] });
  const nowhere = await ask("/api/v1/create", { json: { agents: [{ branch: "one" }], host: "any" } });
  expect(await nowhere.json()).toMatchObject({ kind: "usage", detail: "no host is configured" });
  await using far = await demoHosts(box, ["far1", "far2"]);
  expect(await (await ask("/api/v1/server")).json()).toMatchObject({ hosts: ["far1", "far2"] });
  const call = async (row: string, input: object) =>
    (await (await ask(`/api/v1/${row}`, { json: input })).json()) as Made;
  const one = await call("create", { agents: [{ branch: "one", prompt: "note" }], host: "far2" });
  expect(one).toMatchObject({ agents: [{ branch: "one", host: "far2" }], failures: [] });
  const many = await call("fanout", { count: 2, prefix: "x", prompt: "note", host: "any" });
  expect(many.agents.map(({ branch }) => branch)).toEqual(["x-A1", "x-A2"]);
  // Both are this machine, whose load may differ from one look to the next.
  for (const { host } of many.agents) expect(["far1", "far2"]).toContain(host);
  const again = await ask("/api/v1/create", { json: { agents: [{ branch: "one" }], host: "far2" } });
  expect(await again.json()).toMatchObject({ code: "names-taken", output: "one: an agent on far2 already" });
  await far.far1.stop("connections");
  const silent = await ask("/api/v1/create", { json: { agents: [{ branch: "two" }], host: "far1" } });
  expect(await silent.json()).toMatchObject({ kind: "failed", detail: expect.stringContaining("far1") });
});
