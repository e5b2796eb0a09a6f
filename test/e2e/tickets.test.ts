import { expect, onTestFinished, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { PlayedIssue } from "../helpers/github-issues.ts";
import { PlayedJira } from "../helpers/jira-issues.ts";
import { PlayedLinear } from "../helpers/linear-issues.ts";
import { output } from "../helpers/run.ts";
import { agentOn, demoSandbox, receivedBy, registered, untilDemo } from "./agents.ts";
import { companyWorld } from "./company.ts";

test("agents are started for tickets, once each", async () => {
  const { box, project, github, at } = await companyWorld();
  await using _ = box;
  github.issues.set("acme/web#42", {
    title: "Login fails",
    body: "It says 500.\r\n<!-- template -->",
    labels: ["agent"],
  });
  github.issues.set("acme/web#43", { title: "-rf", body: null, labels: ["agent"] });
  const first = await box.fleet(["ticket", "42", "acme/web#43"], at);
  expect([first.code, first.stdout]).toEqual([0, "42-login-fails\n43-rf\n"]);
  await untilDemo(box, "42-login-fails", "idle", 1);
  expect(receivedBy(box, "42-login-fails")[0]).toContain("> It says 500.\n");
  expect(receivedBy(box, "42-login-fails")[0]).not.toContain("template");
  const host = new URL((await project.git("remote", "get-url", "origin")).trim()).host;
  expect(agentOn(box, "42-login-fails")).toMatchObject({
    ticket: { tracker: "github", host, key: "acme/web#42", url: `https://${host}/acme/web/issues/42` },
  });
  expect((await box.fleet(["list"], at)).stdout).toMatch(/TICKET[\s\S]*acme\/web#42/);

  await box.fleet(["ticket", "--query", "is:open label:agent"], at).expect({
    stderr:
      "acme/web#42 has an agent, 42-login-fails\nacme/web#43 has an agent, 43-rf\n" +
      "to tell one something, run fleet prompt 42-login-fails TEXT\n",
  });
  await box.fleet(["create", "other", "--ticket", "42"], at).expect({
    code: 1,
    stderr:
      "✗ acme/web#42 already has an agent, 42-login-fails\n" +
      "  to tell it something, run fleet prompt 42-login-fails TEXT; to replace it, run fleet kill 42-login-fails\n",
  });
  const traced = await box.fleet(["ticket", "42", "--trace"], at);
  expect([traced.stderr.includes("git"), traced.stderr.includes("secret-token")]).toEqual([true, false]);
  const json = JSON.parse((await box.fleet(["ticket", "42", "--json"], at)).stdout);
  expect([json.agents, json.present.length]).toEqual([[], 1]);
  await box.fleet(["kill", "--all", "-y"], at);
  expect(JSON.stringify(github.asked.map(({ path }) => path))).not.toContain("secret-token");
});

test("nothing is started when the third of four tickets cannot be read", async () => {
  const { box, project, github, at } = await companyWorld();
  await using _ = box;
  for (const number of [1, 2, 4]) github.issues.set(`acme/web#${number}`, { title: "x", body: "y" });
  await box.fleet(["ticket", "1", "2", "3", "4"], at).expect({
    code: 1,
    stderr: [
      "✗ 1 of 4 tickets cannot be read, so nothing was started\n",
      "  │ acme/web#3: GitHub has no acme/web#3, or the token from GH_ENTERPRISE_TOKEN may not see it\n",
      "  to log in, export GH_ENTERPRISE_TOKEN=...; see fleet help tickets\n",
    ].join(""),
  });
  await expectNothingLeft(box, project, { branches: ["main"] });
});

test("two runs at the same moment start one agent for a ticket", async () => {
  const { box, github, at } = await companyWorld('ticket_branch = "{key}-{slug}"\n');
  await using _ = box;
  github.issues.set("acme/web#42", { title: "Login fails", body: "" });
  const runs = [box.fleet(["ticket", "42"], at), box.fleet(["create", "mine", "--ticket", "42", "-p", "Mine."], at)];
  const results = await Promise.all(runs);
  expect(results.map(({ code }) => code).toSorted()).toEqual([0, 1]);
  expect(registered(box).length).toBe(1);
  await box.fleet(["kill", "--all", "-y"], at);
});

test("a ticket has as many agents as are asked for, in a batch of its own", async () => {
  const { box, github, at } = await companyWorld();
  await using _ = box;
  github.issues.set("acme/web#42", { title: "Login fails", body: "" });
  const made = async (attempts: string) =>
    (await box.fleet(["ticket", "42", "--attempts", attempts], at)).stdout.split("\n").filter(Boolean);
  expect(await made("2")).toEqual(["42-login-fails-A1", "42-login-fails-A2"]);
  expect(await made("3")).toEqual(["42-login-fails-A3"]);
  expect(await made("3")).toEqual([]);
  expect(new Set(registered(box).map(({ batch_id }) => batch_id))).toEqual(new Set(["42-login-fails"]));
  await box.fleet(["kill", "--all", "-y"], at);
});

test("multi and create take tickets beside what the user writes", async () => {
  const { box, github, at } = await companyWorld('ticket_template = "Fix {key}.\\n{ticket}"\n');
  await using _ = box;
  github.issues.set("acme/web#42", { title: "Login fails", body: "" });
  github.issues.set("acme/web#43", { title: "Logout fails", body: "" });
  await box.fleet(["multi", "docs:write docs", "--ticket", "42", "--dry-run"], at).expect({ stdout: /42-login-fails/ });
  const multi = await box.fleet(["multi", "docs:write docs", "--ticket", "42"], at);
  expect(multi.stdout).toBe("docs\n42-login-fails\n");
  await box.fleet(["create", "own-name", "--ticket", "43", "-p", "Be brief."], at);
  await untilDemo(box, "own-name", "idle", 1);
  expect(receivedBy(box, "own-name")[0]).toStartWith("Be brief.\n\nFix acme/web#43.\n> Title: Logout fails\n");
  await box.fleet(["kill", "--all", "-y"], at);
});

test("tickets of Linear and Jira become agents beside each other, and --query asks the tracker that is named", async () => {
  const linear = new PlayedLinear();
  const jira = new PlayedJira("me@acme.example");
  const ports = [linear, jira].map(({ fetch }) => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
    onTestFinished(() => server.stop(true));
    return server.port;
  });
  await using box = await demoSandbox(
    `linear_url = "http://127.0.0.1:${ports[0]}/graphql"\nlinear_token_command = "echo lin_api_secret"\nlinear_teams = ["ENG"]\n` +
      `jira_url = "http://127.0.0.1:${ports[1]}/"\njira_user = "me@acme.example"\njira_projects = ["PROJ"]\n`,
  );
  box.env.JIRA_API_TOKEN = "secret-token";
  const project = await box.repository();
  const at = { cwd: project.path };
  linear.issues.set("ENG-12", { title: "Login fails", description: "It says **500**." });
  jira.issues.set("PROJ-7", { summary: "Logout fails", description: { type: "doc", content: [{ type: "rule" }] } });
  const { stdout } = await box.fleet(["ticket", "eng-12", `http://127.0.0.1:${ports[1]}/browse/PROJ-7`], at);
  expect(stdout).toBe("ENG-12-login-fails\nPROJ-7-logout-fails\n");
  await untilDemo(box, "ENG-12-login-fails", "idle", 1);
  expect(receivedBy(box, "ENG-12-login-fails")[0]).toContain("Work on the ticket ENG-12 of Linear.");
  const environment = readFileSync(`/proc/${agentOn(box, "ENG-12-login-fails").pid}/environ`, "utf8");
  expect(environment).not.toContain("lin_api_secret");
  await box.fleet(["ticket", "--query", "is:open"], at).expect({
    code: 2,
    stderr:
      "✗ the query could be meant for more than one tracker\n  to say which, add --tracker linear or --tracker jira\n",
  });
  linear.issues.set("ENG-13", { title: "Third" });
  const found = await box.fleet(["ticket", "--query", "is:open", "--tracker", "linear"], at);
  expect(found.stdout).toBe("ENG-13-third\n");
  await box.fleet(["ticket", "X-1"], at).expect({ code: 2, stderr: /^✗ X-1 could be of Linear or of Jira\n/ });
  await box.fleet(["kill", "--all", "-y"], at);
});

test("a ticket that another fleet has on the remote is left to it, until it is given back", async () => {
  const { box, project, github, at } = await companyWorld("", { claims: true });
  await using _ = box;
  const bare = join(box.home, "remote.git");
  await output(["git", "init", "-q", "--bare", bare], box.root, box.env);
  await project.git("remote", "set-url", "--push", "origin", bare);
  for (const number of [42, 43]) github.issues.set(`acme/web#${number}`, { title: "Login fails", body: "" });
  const claims = async () => (await output(["git", "for-each-ref", "--format=%(refname)"], bare, box.env)).split("\n");

  expect((await box.fleet(["ticket", "42"], at)).stdout).toBe("42-login-fails\n");
  expect(await claims()).toEqual(["refs/fleet/claims/github/acme/web#42"]);

  const clone = join(box.home, "code/clone");
  await output(["git", "clone", "-q", project.path, clone], box.root, box.env);
  const address = (await project.git("remote", "get-url", "origin")).trim();
  await output(["git", "remote", "set-url", "origin", address], clone, box.env);
  await output(["git", "remote", "set-url", "--push", "origin", bare], clone, box.env);
  const other = { cwd: clone, env: { AI_FLEET_HOME: join(box.home, "other") } };
  mkdirSync(join(box.home, "other"), { mode: 0o700 });
  const configured = readFileSync(join(box.home, ".ai_fleet/config.toml"), "utf8");
  writeFileSync(join(box.home, "other/config.toml"), configured);
  const second = await box.fleet(["ticket", "42", "43"], other);
  expect([second.code, second.stdout]).toEqual([1, "43-login-fails\n"]);
  expect(second.stderr).toMatch(
    /^✗ 42-login-fails: acme\/web#42 is taken by the fleet on \S+, since \d{4}-\S+Z\n {2}if that one has given it up, run fleet ticket --release acme\/web#42$/m,
  );

  // What this fleet has claimed and has no agent for any more is its own.
  await box.fleet(["kill", "42-login-fails", "-y"], at);
  expect((await box.fleet(["ticket", "42"], at)).code).toBe(0);
  await box.fleet(["kill", "42-login-fails", "-y"], at);
  github.fault = () => Response.json({ message: "Bad credentials" }, { status: 401 });
  await box.fleet(["ticket", "--release", "42"], at).expect({
    stdout: "acme/web#42  given back\n",
    stderr:
      "  ! acme/web#42 may be claimed by a comment, too (GitHub does not accept the token from GH_ENTERPRISE_TOKEN)\n",
  });
  github.fault = () => undefined;
  await box.fleet(["ticket", "--release", "42"], at).expect({ stdout: "acme/web#42  was not claimed\n" });
  expect(await claims()).toEqual(["refs/fleet/claims/github/acme/web#43"]);
  await box.fleet(["kill", "--all", "-y"], other);
});

test("a ticket is given back when its agent cannot be made, and one that cannot be claimed is started all the same", async () => {
  const { box, project, github, at } = await companyWorld("claim_by_comment = false\n", { claims: true });
  await using _ = box;
  github.issues.set("acme/web#42", { title: "Login fails", body: "" });
  const started = await box.fleet(["ticket", "42"], at);
  expect(started.code).toBe(0);
  expect(started.stderr).toMatch(
    /! acme\/web#42 is not claimed on origin \(.*\): another machine could start an agent for it, too; claim_by_comment = true claims it on the ticket/,
  );
  await box.fleet(["kill", "--all", "-y"], at);

  const bare = join(box.home, "remote.git");
  await output(["git", "init", "-q", "--bare", bare], box.root, box.env);
  await project.git("remote", "set-url", "--push", "origin", bare);
  rmSync(join(box.home, ".ai_fleet/worktrees"), { recursive: true });
  writeFileSync(join(box.home, ".ai_fleet/worktrees"), "in the way");
  await project.git("branch", "-D", "42-login-fails").catch(() => undefined);
  expect((await box.fleet(["ticket", "42"], at)).code).not.toBe(0);
  expect(await output(["git", "for-each-ref"], bare, box.env)).toBe("");
  rmSync(join(box.home, ".ai_fleet/worktrees"));
});

test("where the remote cannot be pushed to, a comment claims a ticket, and of two fleets one starts an agent", async () => {
  const { box, github, at } = await companyWorld("", { claims: true });
  await using _ = box;
  const comments: NonNullable<PlayedIssue["comments"]> = [];
  github.issues.set("acme/web#42", { title: "Login fails", body: "", comments });
  const home = join(box.home, "other");
  mkdirSync(home, { mode: 0o700 });
  writeFileSync(join(home, "config.toml"), readFileSync(join(box.home, ".ai_fleet/config.toml"), "utf8"));
  const other = { ...at, env: { AI_FLEET_HOME: home } };
  // A stranger's word counts for nothing.
  const user = { id: 666, login: "eve", type: "User" };
  const fake = "acme/web#42 is claimed by the fleet on x, 00000000-0000-0000-0000-000000000000.";
  comments.push({ id: 1, user, body: fake, created_at: "2025-01-01T00:00:00Z", author_association: "NONE" } as never);
  const both = await Promise.all([box.fleet(["ticket", "42"], at), box.fleet(["ticket", "42"], other)]);
  expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
  const [lost = ""] = both.filter(({ code }) => code === 1).map(({ stderr }) => stderr);
  expect(lost).toMatch(
    /✗ 42-login-fails: acme\/web#42 is taken by the fleet on \S+, since \S+\n {2}if that one has given it up, run fleet ticket --release acme\/web#42/,
  );
  const claims = () => comments.filter(({ body }) => body.includes("is claimed by")).length;
  expect(claims()).toBe(2);
  const [winner, loser] = both[0].code === 0 ? [at, other] : [other, at];
  await box.fleet(["kill", "--all", "-y"], winner);
  expect((await box.fleet(["ticket", "42"], loser)).code).toBe(1);
  expect((await box.fleet(["ticket", "42"], winner)).code).toBe(0);
  await box.fleet(["kill", "--all", "-y"], winner);
  await box.fleet(["ticket", "--release", "42"], loser).expect({ stdout: "acme/web#42  given back\n" });
  expect([claims(), (await box.fleet(["ticket", "42"], loser)).code]).toEqual([1, 0]);
  await box.fleet(["kill", "--all", "-y"], loser);
});

test("what agents are at is written to their tickets, in one comment that is edited", async () => {
  const { box, github, at } = await companyWorld('ticket_started = "in progress"\nticket_query = "label:agent"\n');
  await using _ = box;
  const comments: NonNullable<PlayedIssue["comments"]> = [];
  const labels = ["agent"];
  github.issues.set("acme/web#42", { title: "Login fails", body: "", labels, comments });
  github.issues.set("acme/web#43", { title: "Later", body: "", labels: ["agent"] });
  await box.fleet(["ticket", "--sync"], at).expect({ stderr: "no agent here has a ticket\n" });
  await box.fleet(["ticket", "42", "--attempts", "2"], at);
  await untilDemo(box, "42-login-fails-A1", "idle", 1);
  await untilDemo(box, "42-login-fails-A2", "idle", 1);
  const synced = { stdout: "acme/web#42  42-login-fails-A1, 42-login-fails-A2\n" };
  await box.fleet(["ticket", "--sync"], at).expect(synced);
  await box.fleet(["ticket", "--sync", "42"], at).expect(synced);
  const text = (second: string) =>
    `2 agents work on this ticket.\n\n- 42-login-fails-A1: idle, 1 commit\n- 42-login-fails-A2: ${second}, 1 commit\n\nfleet keeps this comment on acme/web#42 up to date.`;
  expect(comments.map(({ body }) => body)).toEqual([text("idle")]);
  expect(labels).toEqual(["agent", "in progress"]);
  await box.fleet(["stop", "42-login-fails-A2"], at);
  await box.fleet(["ticket", "--sync"], at).expect(synced);
  expect(comments.map(({ body }) => body)).toEqual([text("stopped")]);
  expect(github.asked.filter(({ method }) => method !== "GET").map(({ method }) => method)).toEqual([
    "POST",
    "POST",
    "PATCH",
  ]);

  await box.fleet(["ticket", "--sync", "43"], at).expect({
    code: 1,
    stderr: "✗ acme/web#43 has no agent in this repository\n  to see which have, run fleet ticket\n",
  });
  await box.fleet(["ticket"], at).expect({
    stdout: [
      "TICKET       STATE    TITLE        AGENTS\n",
      "acme/web#42  running  Login fails  42-login-fails-A1 (idle), 42-login-fails-A2 (stopped)\n",
      "acme/web#43  open     Later\n",
    ].join(""),
  });
  github.fault = () => Response.json({ message: "Bad credentials" }, { status: 401 });
  const unread = await box.fleet(["ticket"], at);
  expect(unread.stdout).toStartWith("TICKET       STATE    AGENTS\n");
  expect([unread.code, unread.stdout.includes("acme/web#42  running")]).toEqual([1, true]);
  expect(unread.stderr).toMatch(/^✗ ticket_query: GitHub does not accept the token/);
  github.fault = () => undefined;
  await box.fleet(["kill", "--all", "-y"], at);
  expect((await box.fleet(["ticket"], at)).stdout).toMatch(/^acme\/web#42 {2}done {3}Login fails$/m);
  const { tickets } = JSON.parse((await box.fleet(["ticket", "--json"], at)).stdout);
  expect(tickets.map(({ state }: { state: string }) => state)).toEqual(["open", "done"]);
  expect(tickets[0]).toMatchObject({ title: "Later", url: expect.stringMatching(/^https:.*\/acme\/web\/issues\/43$/) });
});
