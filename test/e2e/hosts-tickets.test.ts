import { expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "../helpers/run.ts";
import { fleetHome, sorted } from "./agents.ts";
import { converse } from "./api-calls.ts";
import { companyWorld } from "./company.ts";
import { demoHosts } from "./demo-hosts.ts";

test("agents of tickets are made on hosts, once for each ticket, and their tickets are told what they are at", async () => {
  const { box, github, at: here } = await companyWorld();
  await using _ = box;
  await using far = await demoHosts(box, ["far1", "far2"]);
  const at = { ...here, timeoutMs: 120_000 };
  for (const number of [42, 43, 44]) {
    github.issues.set(`acme/web#${number}`, { title: "Login fails", body: "It says 500.", comments: [] });
  }
  // One processor is room for one agent.
  appendFileSync(join(fleetHome(box), "config.toml"), "slots = 8\n");
  await box.fleet(["ticket", "42", "--host", "far1", "--wait"], at).expect({
    code: 0,
    stdout: /^I noted that .*\n$/,
    stderr: /^far1: 42-login-fails\n/,
  });
  await box.fleet(["ticket", "42", "43", "--host", "far2"], at).expect({
    stdout: "43-login-fails\n",
    stderr: /^acme\/web#42 has an agent, 42-login-fails\nfar2: 43-login-fails\n/,
  });
  await box.fleet(["create", "other", "--ticket", "43", "--host", "far2"], at).expect({
    code: 1,
    stderr: /^✗ acme\/web#43 already has an agent, 43-login-fails\n/,
  });
  await box.fleet(["multi", "plain:note", "--ticket", "44", "--host", "far2"], at).expect({
    stdout: "plain\n44-login-fails\n",
    stderr: /^far2: plain, 44-login-fails\n/,
  });
  github.issues.set("acme/web#45", { title: "Asked for", body: "By the api.", comments: [] });
  const call = { id: 1, call: "ticket", operation: "ticket-45", input: { tickets: ["42", "45"], host: "far2" } };
  expect((await converse({ box, cwd: at.cwd }, [call])).get(1)?.at(-1)?.answer).toMatchObject({
    agents: [{ branch: "45-asked-for", host: "far2" }],
    present: [{ branch: "42-login-fails" }],
    failures: [],
  });
  const { tickets } = JSON.parse((await box.fleet(["ticket", "--json"], at)).stdout);
  expect(tickets).toContainEqual(
    expect.objectContaining({
      ticket: "acme/web#42",
      state: "running",
      agents: [{ branch: "42-login-fails", status: "idle" }],
    }),
  );
  await box.fleet(["ticket", "--sync", "42"], at).expect({ stdout: "acme/web#42  42-login-fails\n" });
  expect(
    github.issues
      .get("acme/web#42")
      ?.comments?.map(({ body }) => body)
      .join(),
  ).toContain("- 42-login-fails: idle, 1 commit\n");
  await far.far1.stop("connections");
  const { code, stdout, stderr } = await box.fleet(["ticket", "--sync"], at);
  expect({ code, written: sorted(stdout) }).toEqual({
    code: 1,
    written: ["acme/web#43  43-login-fails", "acme/web#44  44-login-fails", "acme/web#45  45-asked-for"],
  });
  expect(stderr).toMatch(/acme\/web#42.*far1 cannot be reached/);
});

test("a ticket whose agent cannot be made on a host is given back, and one that another fleet has is left to it", async () => {
  const { box, project, github, at: here } = await companyWorld("", { claims: true });
  await using _ = box;
  await using far = await demoHosts(box, ["far1"]);
  const at = { ...here, timeoutMs: 120_000 };
  const bare = join(box.home, "remote.git");
  await output(["git", "init", "-q", "--bare", bare], box.root, box.env);
  await project.git("remote", "set-url", "--push", "origin", bare);
  github.issues.set("acme/web#42", { title: "Login fails", body: "It says 500." });
  const claims = () => output(["git", "for-each-ref", "--format=%(refname)"], bare, box.env);
  writeFileSync(join(far.far1.home, ".ai_fleet/config.toml"), 'default_agent = "nobody"\n');
  expect((await box.fleet(["ticket", "42", "--host", "far1"], at)).code).toBe(1);
  expect(await claims()).toBe("");
  writeFileSync(join(far.far1.home, ".ai_fleet/config.toml"), 'default_agent = "demo"\n');
  await box.fleet(["ticket", "42", "--host", "far1"], at).expect({ stdout: "42-login-fails\n", stderr: /./ });
  expect(await claims()).toBe("refs/fleet/claims/github/acme/web#42");
});
