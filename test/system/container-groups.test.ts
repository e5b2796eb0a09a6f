import { expect, test } from "bun:test";
import { groupsOfContainer } from "../../src/sandboxes/container-groups.ts";
import { isSuperuser } from "../../src/system/machine.ts";
import { eventually } from "../helpers/wait.ts";

test("a container that has no groups is found by its watchman, and is kept to no caps", async () => {
  // Others may look for it on this machine at the same time.
  const id = crypto.randomUUID().replaceAll("-", "").repeat(2);
  expect(groupsOfContainer(id, {})).toBeUndefined();
  const namespaces = isSuperuser() ? ["--pid"] : ["--user", "--map-root-user", "--pid"];
  const first = ["sh", "-c", "sleep 100 & wait"];
  const watchman = Bun.spawn(["unshare", ...namespaces, "--fork", "--kill-child", ...first, id]);
  try {
    const look = () => (groupsOfContainer(id, {})?.started === true ? groupsOfContainer(id, {}) : undefined);
    const found = await eventually(look, { what: "the first process to start another" });
    expect(found).toEqual({ version: 2, directories: [], kept: true, started: true, first: expect.any(Number) });
    expect(groupsOfContainer(id, { pids_limit: 7 })).toMatchObject({ kept: false });
  } finally {
    watchman.kill("SIGKILL");
  }
  await eventually(() => groupsOfContainer(id, {}) === undefined, { what: "it to be gone" });
});
