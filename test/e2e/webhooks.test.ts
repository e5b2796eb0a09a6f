import { expect, onTestFinished, test } from "bun:test";
import { createHmac } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { githubEvent } from "../../src/server/hooks/github-events.ts";
import type { Fields } from "../../src/trackers/fields.ts";
import { certificateIn } from "../helpers/certificate.ts";
import { githubStandIn, type StandIn } from "../helpers/forge.ts";
import { PlayedGithub, type PlayedIssue } from "../helpers/github-issues.ts";
import type { Repository } from "../helpers/repository.ts";
import { output, type Program } from "../helpers/run.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { githubPayload } from "../unit/hooks/payloads.ts";
import { agentOn, demoSandbox, fleetHome, receivedBy, registered, untilDemo, writeConfig } from "./agents.ts";
import { outcomes, serveWebhooks, untilDone } from "./serve-webhooks.ts";

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
  const { key, cert } = await certificateIn(box.root);
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
  const { program, url } = await serveWebhooks(box, project);
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
