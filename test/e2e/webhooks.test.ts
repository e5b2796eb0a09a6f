import { expect, onTestFinished, test } from "bun:test";
import { createHmac } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { githubEvent } from "../../src/server/hooks/github-events.ts";
import type { Fields } from "../../src/trackers/fields.ts";
import { githubStandIn, type StandIn } from "../helpers/forge.ts";
import { PlayedGithub, type PlayedIssue } from "../helpers/github-issues.ts";
import { PlayedJira } from "../helpers/jira-issues.ts";
import { PlayedLinear } from "../helpers/linear-issues.ts";
import type { Repository } from "../helpers/repository.ts";
import { output, type Program } from "../helpers/run.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { githubPayload } from "../unit/hooks/payloads.ts";
import { agentOn, demoSandbox, fleetHome, receivedBy, registered, untilDemo, writeConfig } from "./agents.ts";

const ann = 21031067;
const secret = "It's-a-Secret-to-Everybody";
const token = "secret-token";

interface Company {
  readonly box: Sandbox;
  readonly project: Repository;
  readonly bare: string;
  readonly github: PlayedGithub;
  readonly forge: StandIn;
  readonly address: string;
}

const allRules = `[[webhooks.rules]]
source = "github"
event = "ticket"
label = "agent"
directory = "~/code/project"
finish = ["test", "pr", "comment"]

[[webhooks.rules]]
source = "github"
event = "comment"
directory = "~/code/project"
attempts = 2

[[webhooks.rules]]
source = "github"
event = "review"
directory = "~/code/project"

[[webhooks.rules]]
source = "github"
event = "check"
directory = "~/code/project"
`;

/** A company with a GitHub of its own, issues and pull requests of which are played by its published descriptions. */
async function company(webhooks = "allow_unsandboxed = true\n", settings = ""): Promise<Company> {
  const box = await demoSandbox();
  const [key, cert] = [join(box.root, "key.pem"), join(box.root, "cert.pem")];
  const words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
  const more = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert];
  await output(["openssl", ...words, ...more], box.root, box.env);
  const github = new PlayedGithub({ base: "/api/v3", token });
  const forge = githubStandIn();
  const isOfIssues = /\/(?:issues|user|search|graphql|hooks)(?:\/|$)/;
  const server = Bun.serve({
    ...{ port: 0, hostname: "localhost", tls: { key: Bun.file(key), cert: Bun.file(cert) } },
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (isOfIssues.test(pathname)) return github.fetch(request);
      const { method, headers } = request;
      const body = method === "GET" ? {} : { body: await request.text() };
      const authorization = headers.get("authorization") ?? "";
      return fetch(forge.url + pathname + search, { method, headers: { authorization }, ...body });
    },
  });
  onTestFinished(() => server.stop(true));
  const host = `localhost:${server.port}`;
  const address = `https://${host}/Codertocat/Hello-World`;
  writeConfig(
    box,
    `github_hosts = ["${host}"]\ntest_command = "test -f README.md"\n${settings}\n` +
      `[webhooks]\npeople = ["github:${ann}", "github-app:29310"]\n${webhooks}\n${allRules}`,
  );
  Object.assign(box.env, { SSL_CERT_FILE: cert, GH_ENTERPRISE_TOKEN: token, GITHUB_WEBHOOK_SECRET: secret });
  const project = await box.repository();
  const bare = join(box.root, "hello.git");
  await project.git("clone", "--quiet", "--bare", project.path, bare);
  await project.git("remote", "add", "origin", `${address}.git`);
  await project.git("remote", "set-url", "--push", "origin", bare);
  await project.git("update-ref", "refs/remotes/origin/main", "main");
  forge.projects.set("Codertocat/Hello-World", { default_branch: "main", permissions: { push: true } });
  return { box, project, bare, github, forge, address };
}

interface Listening {
  readonly program: Program;
  send(event: string, payload: object, how?: { id?: string; signature?: string }): Promise<Response>;
}

/** Starts a server that serves nothing but webhooks. */
async function listening({ box, project }: Company): Promise<Listening> {
  const program = box.start(["serve", "--port", "0", "--webhooks-only"], { cwd: project.path });
  await eventually(() => /^http:\S+\n/.test(program.stdout), { what: "the address of fleet serve" });
  const url = program.stdout.trim();
  return {
    program,
    send: (event, payload, { id = crypto.randomUUID(), signature } = {}) => {
      const body = JSON.stringify(payload);
      const right = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
      const headers = {
        ...{ "Content-Type": "application/json", "X-GitHub-Event": event, "X-GitHub-Delivery": id },
        "X-Hub-Signature-256": signature ?? right,
      };
      return fetch(`${url}/hooks/github`, { method: "POST", body, headers });
    },
  };
}

/** The payload of an issue that was labeled, as GitHub has sent one, of this repository and number. */
function labeled(
  { address }: Company,
  number: number,
  change: (issue: Record<string, unknown>) => void = () => undefined,
) {
  return githubPayload("issues", "labeled", (payload) => {
    const { issue = {}, label, repository = {} } = payload;
    Object.assign(issue, { number, labels: [{ ...label, name: "agent" }], title: `Spelling ${number}` });
    Object.assign(issue, { html_url: `${address}/issues/${number}` });
    change(issue as Record<string, unknown>);
    Object.assign(repository, { html_url: address });
  });
}

function issueAt(
  { github }: Company,
  number: number,
  now: Partial<PlayedIssue> = {},
): Required<Pick<PlayedIssue, "comments">> {
  const comments: NonNullable<PlayedIssue["comments"]> = [];
  const issue = { title: `Spelling ${number}`, body: "", labels: ["agent"], comments, ...now };
  github.issues.set(`Codertocat/Hello-World#${number}`, issue);
  return { comments };
}

const outcomes = (box: Sandbox) => {
  const folder = join(fleetHome(box), "hooks/done");
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")).outcome as string);
};
const untilDone = (box: Sandbox, count: number) =>
  eventually(() => outcomes(box).length === count, { what: `${count} deliveries to be dealt with`, timeoutMs: 20_000 });

test("a label becomes an agent, its tests, a pull request and a comment, once, also when the server is killed on the way", async () => {
  const place = await company();
  const { box, project, bare, forge } = place;
  await using _ = box;
  const first = issueAt(place, 1);
  const server = await listening(place);
  const answered = await server.send("issues", labeled(place, 1));
  expect([answered.status, await answered.json()]).toEqual([202, { queued: true }]);
  await eventually(() => first.comments.length === 1, { what: "the comment", timeoutMs: 20_000 });
  const told = (number: number) =>
    `An agent works on this ticket.\n\n- ${number}-spelling-${number}: idle, 1 commit, tests passed, pull request open: ` +
    `https://forge.example.com/Codertocat/Hello-World/pull/${number}\n\nfleet keeps this comment on Codertocat/Hello-World#${number} up to date.`;
  expect(first.comments.map(({ body }) => body)).toEqual([told(1)]);
  expect(forge.pulls.get(1)).toMatchObject({ from: "Codertocat:1-spelling-1", base: { ref: "main" } });
  expect(receivedBy(box, "1-spelling-1")[0]).toContain("> Title: Spelling 1\n");

  // The same again, by its id and by its bytes, changes nothing.
  const again = await server.send("issues", labeled(place, 1));
  expect([again.status, await again.json()]).toEqual([202, { ignored: "it came before" }]);

  const second = issueAt(place, 2);
  expect((await server.send("issues", labeled(place, 2))).status).toBe(202);
  await eventually(() => registered(box).length === 2, { what: "the second agent", timeoutMs: 20_000 });
  server.program.signalGroup("SIGKILL");
  await server.program.ended();
  const next = await listening(place);
  await eventually(() => second.comments.length === 1, { what: "the second comment", timeoutMs: 30_000 });
  expect(second.comments.map(({ body }) => body)).toEqual([told(2)]);
  expect(await (await next.send("issues", labeled(place, 2))).json()).toEqual({ ignored: "it came before" });
  expect(registered(box).map(({ branch }) => branch)).toEqual(["1-spelling-1", "2-spelling-2"]);
  expect([...forge.pulls.keys()]).toEqual([1, 2]);
  const refs = await output(["git", "for-each-ref", "--format=%(refname)"], bare, box.env);
  expect(refs.split("\n")).toEqual([
    "refs/fleet/claims/github/Codertocat/Hello-World#1",
    "refs/fleet/claims/github/Codertocat/Hello-World#2",
    ...["refs/heads/1-spelling-1", "refs/heads/2-spelling-2", "refs/heads/main"],
  ]);

  // Neither tokens nor secrets are anywhere but where they were given.
  const kept = await box.run(["grep", "-r", "-l", "-e", token, "-e", secret, fleetHome(box), project.path]);
  expect(kept.stdout).toBe("");
  const environment = readFileSync(`/proc/${agentOn(box, "1-spelling-1").pid}/environ`, "utf8");
  expect([token, secret].filter((text) => environment.includes(text))).toEqual([]);
  expect([token, secret].filter((text) => `${server.program.stderr}${next.program.stderr}`.includes(text))).toEqual([]);
  next.program.signal("SIGINT");
  await next.program.ended();
  await box.fleet(["kill", "--all", "-y"], { cwd: project.path });
});

test("nothing is started for strangers, by wrong signatures, nor without a sandbox unless that was allowed", async () => {
  const place = await company("");
  const { box, github } = place;
  await using _ = box;
  for (const number of [1, 2, 3, 4]) issueAt(place, number);
  github.issues.set("Codertocat/Hello-World#4", { title: "x", body: "", edited: [ann, 666] });
  const { send, program } = await listening(place);
  for (const signature of ["", "sha256=", `sha256=${"0".repeat(64)}`, "sha1=x"]) {
    const refused = await send("issues", labeled(place, 1), { signature });
    expect([refused.status, await refused.json()]).toEqual([401, { error: "the signature is not right" }]);
  }
  const by = (id: number) => labeled(place, 1, (issue) => Object.assign(issue, { user: { id, login: "codertocat" } }));
  expect((await send("issues", by(666))).status).toBe(202);
  expect((await send("issues", labeled(place, 2))).status).toBe(202);
  await untilDone(box, 2);
  expect(outcomes(box).toSorted()).toEqual([
    "agents have no sandbox here: set sandbox to bubblewrap, or allow_unsandboxed in [webhooks]",
    "github:666 is not in people",
  ]);
  program.signal("SIGINT");
  await program.ended();
  writeConfig(
    box,
    readFileSync(join(fleetHome(box), "config.toml"), "utf8").replace(
      "[webhooks]\n",
      "[webhooks]\nallow_unsandboxed = true\n",
    ),
  );
  const next = await listening(place);
  expect((await next.send("issues", labeled(place, 4))).status).toBe(202);
  const elsewhere = labeled({ ...place, address: "https://github.com/Codertocat/Hello-World" }, 3);
  expect((await next.send("issues", elsewhere)).status).toBe(202);
  // What was changed since the server ended it asks for itself when it starts, so one of the two may be dealt with twice.
  await eventually(
    () => {
      const told = outcomes(box);
      return (
        told.includes("Codertocat/Hello-World#4 was written or changed by github:666, who is not in people") &&
        told.some((text) => text.endsWith("/code/project has no remote on github.com"))
      );
    },
    { what: "the two deliveries to be refused", timeoutMs: 20_000 },
  );
  expect(registered(box)).toEqual([]);
});

test("a delivery that comes late, or before one that was sent later, starts nothing that nobody wants any more", async () => {
  const place = await company();
  const { box } = place;
  await using _ = box;
  issueAt(place, 1, { state: "closed" });
  issueAt(place, 2, { labels: [] });
  issueAt(place, 3, { title: "Somebody's new title" });
  const { send } = await listening(place);
  for (const number of [1, 2, 3]) expect((await send("issues", labeled(place, number))).status).toBe(202);
  await untilDone(box, 3);
  expect(outcomes(box).sort()).toEqual([
    "Codertocat/Hello-World#1 is closed by now",
    "Codertocat/Hello-World#2 does not have the label agent any more",
    "Codertocat/Hello-World#3 has 3-spelling-3 now",
  ]);
  await untilDemo(box, "3-spelling-3", "idle", 1);
  expect(receivedBy(box, "3-spelling-3")[0]).toContain("> Title: Spelling 3\n");
  await box.fleet(["kill", "--all", "-y"], { cwd: place.project.path });
});

test("a comment asks for attempts, and a review and a failed check are told to the agent of the branch", async () => {
  const place = await company();
  const { box, project, address } = place;
  await using _ = box;
  issueAt(place, 1);
  const { send } = await listening(place);
  const at = (payload: Record<string, object>) => Object.assign(payload.repository ?? {}, { html_url: address });
  const asked = githubPayload("issue_comment", "created", (payload) => {
    at(payload);
    Object.assign(payload.issue ?? {}, { title: "Spelling 1" });
    Object.assign(payload.comment ?? {}, { body: "/fleet try 3" });
  });
  expect((await send("issue_comment", asked)).status).toBe(202);
  await untilDone(box, 1);
  // No more than the rule allows.
  expect(registered(box).map(({ branch }) => branch)).toEqual(["1-spelling-1-A1", "1-spelling-1-A2"]);
  const branch = "1-spelling-1-A1";
  await untilDemo(box, branch, "idle", 1);

  const review = githubPayload("pull_request_review", "submitted", (payload) => {
    at(payload);
    Object.assign(payload.review ?? {}, { body: "Rename it.\n\nThat is the end of it.", state: "changes_requested" });
    Object.assign((payload.pull_request?.head as object | undefined) ?? {}, { ref: branch });
  });
  expect((await send("pull_request_review", review)).status).toBe(202);
  await eventually(() => receivedBy(box, branch).length === 2, { what: "the review", timeoutMs: 20_000 });
  expect(receivedBy(box, branch)[1]).toContain("> Review of pull request #2: changes requested\n");
  expect(receivedBy(box, branch)[1]).toContain("> Rename it.\n>\n> That is the end of it.\n\nThat is the end of it.");

  await untilDemo(box, branch, "idle", 2);
  const check = (commit: string) =>
    githubPayload("check_run", "completed", (payload) => {
      at(payload);
      const run = payload.check_run ?? {};
      Object.assign(run, {
        conclusion: "failure",
        head_sha: commit,
        output: { title: "2 failed", summary: "see log" },
      });
      Object.assign((run as { check_suite?: object }).check_suite ?? {}, { head_branch: branch });
    });
  expect((await send("check_run", check("0".repeat(40)))).status).toBe(202);
  expect((await send("check_run", check((await project.git("rev-parse", branch)).trim()))).status).toBe(202);
  await eventually(() => receivedBy(box, branch).length === 3, { what: "the check", timeoutMs: 20_000 });
  expect(receivedBy(box, branch)[2]).toContain("> 2 failed\n>\n> see log");
  await untilDone(box, 4);
  expect(outcomes(box)).toContain(`${branch} has moved on since the check`);
  await box.fleet(["kill", "--all", "-y"], { cwd: project.path });
});

/** Codex as far as its record goes, which is what stands in `told.jsonl` of the home; what is typed into it is kept in `typed`. */
const readingCodex = `#!/bin/sh
day=$HOME/.codex/sessions/$(date -u +%Y/%m/%d)
mkdir -p "$day"
rollout=$day/rollout-$(date -u +%Y-%m-%dT%H-%M-%S)-$$.jsonl
printf '{"timestamp":"%s","type":"session_meta","payload":{"id":"thread","cwd":"%s"}}\\n' "$(date -u +%Y-%m-%dT%H:%M:%S).999Z" "$PWD" >"$rollout"
cat "$HOME/told.jsonl" >>"$rollout"
printf '\\033]2;ready\\007'
exec cat >"$HOME/typed"
`;

test("a review that was told when the server was killed is not told again by the next one", async () => {
  const place = await company();
  const { box, project, address } = place;
  await using _ = box;
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "note"], at);
  await untilDemo(box, "fix", "idle", 1);
  const review = githubPayload("pull_request_review", "submitted", (payload) => {
    Object.assign(payload.repository ?? {}, { html_url: address });
    Object.assign(payload.review ?? {}, { body: "Rename it.", state: "changes_requested" });
    Object.assign((payload.pull_request?.head as object | undefined) ?? {}, { ref: "fix" });
  });
  const server = await listening(place);
  expect((await server.send("pull_request_review", review)).status).toBe(202);
  await untilDone(box, 1);
  const [, text = ""] = receivedBy(box, "fix");
  server.program.signal("SIGINT");
  await server.program.ended();

  // As a crash leaves it: the agent was told, and the delivery was not yet noted as dealt with.
  const hooks = join(fleetHome(box), "hooks");
  const [name = ""] = readdirSync(join(hooks, "done"));
  const event = githubEvent("pull_request_review", review as Fields);
  writeFileSync(join(hooks, "pending", name), JSON.stringify({ at: Date.now(), event }));
  writeFileSync(join(hooks, "begun", name), "");
  rmSync(join(hooks, "done", name));
  await box.fleet(["kill", "fix", "-y"], at);
  box.executable("codex", readingCodex);
  const said = { type: "item_completed", item: { type: "UserMessage", content: [{ type: "text", text }] } };
  const row = { timestamp: new Date().toISOString(), type: "event_msg", payload: said };
  writeFileSync(join(box.home, "told.jsonl"), `${JSON.stringify(row)}\n`);
  await box.fleet(["create", "fix", "--agent", "codex"], at);
  await eventually(() => existsSync(join(box.home, "typed")), { what: "the other agent" });

  await listening(place);
  await untilDone(box, 1);
  expect(outcomes(box)).toEqual(["fix was told before"]);
  expect(readFileSync(join(box.home, "typed"), "utf8")).toBe("");
  await box.fleet(["kill", "--all", "-y"], at);
});

test("a burst of a thousand is answered and kept, caps hold, and what waits for room goes on when there is some", async () => {
  const place = await company("allow_unsandboxed = true\n", "max_agents = 1\nclaim_tickets = false");
  const { box, project } = place;
  await using _ = box;
  for (const number of [1, 2]) issueAt(place, number);
  const { send } = await listening(place);
  const strangers = (number: number) => labeled(place, number, (issue) => Object.assign(issue, { user: { id: 666 } }));
  const sent = [
    labeled(place, 1),
    labeled(place, 2),
    ...Array.from({ length: 998 }, (_, index) => strangers(index + 3)),
  ];
  const slowest = { milliseconds: 0 };
  const burst = async (payloads: readonly object[]) => {
    for (const payload of payloads) {
      const begun = performance.now();
      expect((await send("issues", payload)).status).toBe(202);
      slowest.milliseconds = Math.max(slowest.milliseconds, performance.now() - begun);
    }
  };
  const shares = Array.from({ length: 20 }, (_, share) => sent.filter((_, index) => index % 20 === share));
  await Promise.all(shares.map(burst));
  await untilDone(box, 999);
  expect(registered(box).length).toBe(1);
  const [there] = registered(box);
  await box.fleet(["kill", there?.branch ?? "", "-y"], { cwd: project.path });
  await untilDone(box, 1000);
  expect(registered(box).length).toBe(1);
  expect(registered(box)[0]?.branch).not.toBe(there?.branch);
  await box.fleet(["kill", "--all", "-y"], { cwd: project.path });
});

test("what came while no server was there is asked for when one starts", async () => {
  const place = await company();
  const { box, github } = place;
  await using _ = box;
  const missed = { guid: "g", event: "issues", status_code: 502, delivered_at: new Date().toISOString() };
  github.deliveries = [{ id: 7, ...missed }];
  const { program } = await listening(place);
  await eventually(() => github.sentAgain.length > 0, { what: "the missed delivery" });
  expect(github.sentAgain).toEqual([7]);
  await eventually(() => program.stderr.includes("Codertocat/Hello-World: 1 missed deliveries are sent again"), {
    what: "a word of it",
  });
});

test("an issue of Linear and one of Jira become agents by their webhooks", async () => {
  const own = "plain-secret";
  const [linear, jira] = [new PlayedLinear(), new PlayedJira("me@acme.example")];
  const [linearPort, jiraPort] = [linear, jira].map(({ fetch }) => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
    onTestFinished(() => server.stop(true));
    return server.port;
  });
  const jiraUrl = `http://127.0.0.1:${jiraPort}`;
  const rule = (source: string) =>
    `[[webhooks.rules]]\nsource = "${source}"\nevent = "ticket"\nlabel = "agent"\ndirectory = "~/code/project"\n`;
  await using box = await demoSandbox(
    `linear_url = "http://127.0.0.1:${linearPort}/graphql"\nlinear_token_command = "echo lin_api_secret"\n` +
      `jira_url = "${jiraUrl}"\njira_user = "me@acme.example"\njira_token_command = "echo secret-token"\n` +
      `[webhooks]\npeople = ["linear:u1", "jira:a1"]\nallow_unsandboxed = true\n` +
      `linear_secret_command = "echo ${own}"\njira_secret_command = "echo ${own}"\n${rule("linear")}${rule("jira")}`,
  );
  const project = await box.repository();
  linear.issues.set("ENG-12", { title: "Login", labels: ["agent"] });
  jira.issues.set("PROJ-7", { summary: "Logout", labels: ["agent"] });
  const program = box.start(["serve", "--port", "0", "--webhooks-only"], { cwd: project.path });
  await eventually(() => /^http:\S+\n/.test(program.stdout), { what: "the address of fleet serve" });
  const send = async (name: string, payload: object, headers: (signature: string) => Record<string, string>) => {
    const body = JSON.stringify(payload);
    const signature = createHmac("sha256", own).update(body).digest("hex");
    const answered = await fetch(`${program.stdout.trim()}/hooks/${name}`, {
      method: "POST",
      body,
      headers: headers(signature),
    });
    return answered.status;
  };
  const issue = (webhookTimestamp: number) => ({
    ...{ type: "Issue", action: "update", actor: { id: "u1", type: "user" }, webhookTimestamp },
    data: {
      ...{
        identifier: "ENG-12",
        title: "Login",
        description: "It says 500.",
        url: "https://linear.app/acme/issue/ENG-12/x",
      },
      ...{ creatorId: "u1", state: { name: "Todo", type: "unstarted" }, labels: [{ name: "agent" }] },
    },
  });
  const ofLinear = (signature: string) => ({
    "Linear-Signature": signature,
    "Linear-Delivery": "1",
    "Linear-Event": "Issue",
  });
  expect(await send("linear", issue(Date.now() - 61_000), ofLinear)).toBe(401);
  expect(await send("linear", issue(Date.now()), ofLinear)).toBe(202);
  const changed = {
    ...{ webhookEvent: "jira:issue_updated", timestamp: Date.now(), user: { accountId: "a1" } },
    issue: {
      ...{ self: `${jiraUrl}/rest/api/2/1`, key: "PROJ-7" },
      fields: {
        summary: "Logout",
        description: "h1. Bug",
        labels: ["agent"],
        creator: { accountId: "a1" },
        status: { name: "To Do" },
      },
    },
  };
  const ofJira = (signature: string) => ({
    "X-Hub-Signature": `sha256=${signature}`,
    "X-Atlassian-Webhook-Identifier": "1",
  });
  expect(await send("jira", changed, ofJira)).toBe(202);
  // Jira tries again with the same identifier.
  expect(await send("jira", { ...changed, timestamp: 1 }, ofJira)).toBe(202);
  expect(await send("github", {}, () => ({}))).toBe(503);
  const why =
    "a delivery of GitHub was not taken: there is no secret for webhooks of GitHub; set github_secret_command";
  await eventually(() => program.stderr.includes(why), { what: "a word of why" });
  await untilDone(box, 2);
  expect(registered(box).map(({ branch }) => branch)).toEqual(["ENG-12-login", "PROJ-7-logout"]);
  await untilDemo(box, "PROJ-7-logout", "idle", 1);
  expect(receivedBy(box, "PROJ-7-logout")[0]).toContain("> # Bug\n");
  await box.fleet(["kill", "--all", "-y"], { cwd: project.path });
});

test("tickets of Linear and Jira that changed while no server was there become agents, if those who labelled them may", async () => {
  const [linear, jira] = [new PlayedLinear(), new PlayedJira("me@acme.example")];
  const [linearPort, jiraPort] = [linear, jira].map(({ fetch }) => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
    onTestFinished(() => server.stop(true));
    return server.port;
  });
  const rule = (source: string) =>
    `[[webhooks.rules]]\nsource = "${source}"\nevent = "ticket"\nlabel = "agent"\ndirectory = "~/code/project"\n`;
  await using box = await demoSandbox(
    `linear_url = "http://127.0.0.1:${linearPort}/graphql"\nlinear_token_command = "echo lin_api_secret"\n` +
      `jira_url = "http://127.0.0.1:${jiraPort}"\njira_user = "me@acme.example"\n` +
      `jira_token_command = "echo secret-token"\n` +
      `[webhooks]\npeople = ["linear:u1", "jira:id-ann"]\nallow_unsandboxed = true\n${rule("linear")}${rule("jira")}`,
  );
  const project = await box.repository();
  const start = async () => {
    const program = box.start(["serve", "--port", "0", "--webhooks-only"], { cwd: project.path });
    await eventually(() => /^http:\S+\n/.test(program.stdout), { what: "the address of fleet serve" });
    return program;
  };
  const first = await start();
  first.signalGroup("SIGKILL");
  await first.ended();
  // The first server that there ever was has missed nothing.
  expect([linear.filters, jira.asked]).toEqual([[], []]);
  const labelled = (id: string) => ({
    ...{ toTitle: null, actor: { id }, descriptionUpdatedBy: null, addedLabels: [{ name: "agent" }] },
  });
  linear.issues.set("ENG-12", { title: "Login", labels: ["agent"], history: [labelled("u1")] });
  linear.issues.set("ENG-13", { title: "Evil", labels: ["agent"], history: [labelled("u1"), labelled("u666")] });
  jira.issues.set("PROJ-7", { summary: "Logout", labels: ["agent"] });
  const second = await start();
  await untilDone(box, 3);
  expect(
    registered(box)
      .map(({ branch }) => branch)
      .sort(),
  ).toEqual(["ENG-12-login", "PROJ-7-logout"]);
  expect(second.stderr).toContain("linear:u666 is not in people");
  second.signalGroup("SIGTERM");
  await second.ended();
  await box.fleet(["kill", "--all", "-y"], { cwd: project.path });
  // What has been dealt with is not done again.
  const third = await start();
  const asked = () => jira.asked.filter(({ path }) => path === "/search/jql").length;
  await eventually(() => asked() === 2 && linear.filters.length === 2, { what: "the question for what changed" });
  third.signalGroup("SIGTERM");
  await third.ended();
  expect(registered(box)).toEqual([]);
});
