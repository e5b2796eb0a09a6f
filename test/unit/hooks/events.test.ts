import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { LinearWebhookClient } from "@linear/sdk/webhooks";
import schema from "@octokit/webhooks-schemas";
import type { WebhookRule } from "../../../src/config/config.ts";
import { attemptsAsked, type HookEvent } from "../../../src/server/hooks/event.ts";
import { githubEvent } from "../../../src/server/hooks/github-events.ts";
import { jiraEvent } from "../../../src/server/hooks/jira-events.ts";
import { linearEvent } from "../../../src/server/hooks/linear-events.ts";
import { decide } from "../../../src/server/hooks/rules.ts";
import { isSigned } from "../../../src/server/hooks/signature.ts";
import { schemaProblems } from "../../helpers/json-schema.ts";
import { githubPayload, githubPayloads } from "./payloads.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const hmac = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex");

test("a signature is right for these bytes and this secret alone", () => {
  // The example in GitHub's documentation.
  const right = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  expect(isSigned(bytes("Hello, World!"), right, "It's a Secret to Everybody")).toBe(true);
  expect(isSigned(bytes("Hello, World"), right, "It's a Secret to Everybody")).toBe(false);
  expect(isSigned(bytes("Hello, World!"), right, "It's a secret to Everybody")).toBe(false);
  for (const wrong of ["", "0".repeat(64), right.slice(1), `${right}0`, "x".repeat(64), `sha256=${right}`]) {
    expect(isSigned(bytes("Hello, World!"), wrong, "It's a Secret to Everybody")).toBe(false);
  }
});

test("what Linear's own client takes for signed is signed, and nothing else", () => {
  const body = JSON.stringify({ webhookTimestamp: Date.now() });
  const client = new LinearWebhookClient("secret");
  expect(client.verify(Buffer.from(body), hmac("secret", body), Date.now())).toBe(true);
  expect(isSigned(bytes(body), hmac("secret", body), "secret")).toBe(true);
  expect(() => client.verify(Buffer.from(body), hmac("other", body), Date.now())).toThrow();
  expect(isSigned(bytes(body), hmac("other", body), "secret")).toBe(false);
});

test("every payload that GitHub has sent is understood or ignored with a reason, and none fails", () => {
  expect(githubPayloads.length).toBeGreaterThan(300);
  for (const { name, payload } of githubPayloads) {
    const event = githubEvent(name, payload);
    if ("ignored" in event) expect(event.ignored).toMatch(/^[a-z]/);
    else expect([name, event.repository]).toEqual([name, expect.stringMatching(/^[\w.-]+\/[\w.-]+$/)]);
  }
});

test("an issue that was labeled is a ticket, with the text that was signed and no comments", () => {
  const payload = githubPayload("issues", "labeled", ({ issue, label }) =>
    Object.assign(issue ?? {}, { labels: [{ ...label, name: "agent" }] }),
  );
  const { definitions } = schema as { readonly definitions: object };
  expect(schemaProblems({ $ref: "#/definitions/issues$labeled", definitions }, payload)).toEqual([]);
  expect(githubEvent("issues", payload)).toMatchObject({
    ...{
      kind: "ticket",
      source: "github",
      action: "labeled",
      repository: "Codertocat/Hello-World",
      host: "github.com",
    },
    people: { sender: "github:21031067", author: "github:21031067" },
    association: "OWNER",
    ticket: {
      key: "Codertocat/Hello-World#1",
      url: "https://github.com/Codertocat/Hello-World/issues/1",
      title: "Spelling error in the README file",
      labels: ["agent"],
      comments: [],
    },
  });
  expect(githubEvent("issues", githubPayload("issues", "deleted"))).toEqual({ ignored: "deleted starts nothing" });
});

test("a comment is a command when it is nothing else", () => {
  const asks = { "/fleet try 3": 3, " /fleet try 2 \n": 2, "/fleet try": 1, "/fleet  try 10": 10 };
  for (const [text, attempts] of Object.entries(asks)) expect([text, attemptsAsked(text)]).toEqual([text, attempts]);
  for (const text of [
    "try 3",
    "> /fleet try 3",
    "please /fleet try 3",
    "/fleet try 3\n/fleet try 4",
    "/fleet try x",
    "/fleet kill",
  ]) {
    expect([text, attemptsAsked(text)]).toEqual([text, undefined]);
  }
  const commented = (body: string, sender = 21031067) =>
    githubEvent(
      "issue_comment",
      githubPayload("issue_comment", "created", ({ comment, sender: person }) => {
        Object.assign(comment ?? {}, { body });
        Object.assign(person ?? {}, { id: sender });
      }),
    );
  expect(commented("/fleet try 3")).toMatchObject({
    ...{
      kind: "comment",
      attempts: 3,
      reference: { key: "Codertocat/Hello-World#1" },
      people: { sender: "github:21031067" },
    },
  });
  expect(commented("hello")).toEqual({ ignored: "the comment is no command" });
  expect(commented("/fleet try 3", 5)).toEqual({ ignored: "the comment is of somebody else" });
});

test("a review is told of its branch, and one from a fork is known by its repository", () => {
  const review = githubPayload("pull_request_review", "submitted", ({ review }) =>
    Object.assign(review ?? {}, { body: "Rename it.", state: "changes_requested" }),
  );
  expect(githubEvent("pull_request_review", review)).toMatchObject({
    ...{ kind: "review", branch: "changes", from: "Codertocat/Hello-World", repository: "Codertocat/Hello-World" },
    ...{ title: "Review of pull request #2: changes requested", text: "Rename it." },
  });
});

test("a check that has failed is told of its branch, by the app that ran it", () => {
  const check = githubPayload("check_run", "completed", ({ check_run }) =>
    Object.assign(check_run ?? {}, { conclusion: "failure", output: { title: "2 tests failed", summary: "x" } }),
  );
  expect(githubEvent("check_run", check)).toMatchObject({
    ...{ kind: "check", branch: "changes", from: "Codertocat/Hello-World", text: "2 tests failed\n\nx" },
    people: { author: expect.stringMatching(/^github-app:\d+$/) },
  });
  const passed = githubPayload("check_run", "completed", ({ check_run }) =>
    Object.assign(check_run ?? {}, { conclusion: "success" }),
  );
  expect(githubEvent("check_run", passed)).toEqual({ ignored: "the check has not failed" });
});

const linear = (type: string, action: string, data: object, actor: object = { id: "u1", type: "user", name: "Ann" }) =>
  linearEvent({ type, action, data, actor, webhookTimestamp: Date.now() });

test("an issue of Linear is a ticket", () => {
  const data = {
    ...{
      identifier: "ENG-12",
      title: "Login",
      description: "500",
      url: "https://linear.app/a/issue/ENG-12/x",
      creatorId: "u2",
    },
    ...{ state: { name: "Todo", type: "unstarted" }, labels: [{ name: "agent" }] },
  };
  expect(linear("Issue", "update", data)).toMatchObject({
    ...{ kind: "ticket", source: "linear", repository: "ENG", people: { sender: "linear:u1", author: "linear:u2" } },
    ticket: { key: "ENG-12", title: "Login", text: "500", labels: ["agent"] },
  });
  expect(linear("Issue", "create", { ...data, state: { type: "completed" } })).toEqual({
    ignored: "the issue is closed",
  });
  expect(linear("Issue", "remove", data)).toEqual({ ignored: "remove starts nothing" });
  expect(linear("Issue", "update", data, { id: "i1", type: "integration" })).toMatchObject({ people: { sender: "" } });
  expect(linear("Project", "update", {})).toEqual({ ignored: "events of Project start nothing" });
  const comment = { body: "/fleet try 2", userId: "u1", issue: { identifier: "ENG-12" } };
  expect(linear("Comment", "create", comment)).toMatchObject({
    kind: "comment",
    attempts: 2,
    reference: { key: "ENG-12" },
  });
});

const jiraIssue = {
  self: "https://acme.atlassian.net/rest/api/2/10002",
  key: "PROJ-7",
  fields: {
    ...{
      summary: "Login",
      description: "h1. Bug",
      labels: ["agent"],
      creator: { accountId: "a2", displayName: "Bob" },
    },
    status: { name: "To Do", statusCategory: { key: "new" } },
  },
};

test("an issue of Jira is a ticket", () => {
  const sent = (payload: object) =>
    jiraEvent({ issue: jiraIssue, user: { accountId: "a1" }, ...payload }, "https://acme.atlassian.net/");
  expect(sent({ webhookEvent: "jira:issue_updated" })).toMatchObject({
    ...{
      kind: "ticket",
      source: "jira",
      action: "updated",
      repository: "PROJ",
      people: { sender: "jira:a1", author: "jira:a2" },
    },
    ticket: { key: "PROJ-7", url: "https://acme.atlassian.net/browse/PROJ-7", text: "# Bug", labels: ["agent"] },
  });
  const comment = { author: { accountId: "a1" }, body: "/fleet try" };
  expect(sent({ webhookEvent: "comment_created", comment })).toMatchObject({ kind: "comment", attempts: 1 });
  expect(sent({ webhookEvent: "jira:issue_deleted" })).toEqual({ ignored: "jira:issue_deleted starts nothing" });
  expect(jiraEvent({ webhookEvent: "jira:issue_created", issue: jiraIssue }, "https://other.example")).toEqual({
    ignored: "it is of another Jira than jira_url",
  });
  expect(jiraEvent({}, "https://acme.atlassian.net")).toEqual({ ignored: "it is about no issue" });
});

const rule: WebhookRule = {
  ...{ source: "github", event: "ticket", action: "", label: "", repository: "", association: [], directory: "/web" },
  ...{ attempts: undefined, agent: "", budget: "", finish: [] },
};
const known = "github:21031067";

function decided(different: Partial<WebhookRule>, { people = [known], event = labeled() } = {}) {
  return decide(event, { rules: [{ ...rule, ...different }], people }, () => "codertocat/hello-world").kind;
}

function labeled(change: Parameters<typeof githubPayload>[2] = () => undefined): HookEvent {
  const event = githubEvent("issues", githubPayload("issues", "labeled", change));
  if ("ignored" in event) throw new Error(event.ignored);
  return event;
}

test("the first rule that fits decides", () => {
  expect(decided({})).toBe("act");
  expect(
    decided({ label: "BUG", action: "labeled", association: ["OWNER"], repository: "Codertocat/Hello-World" }),
  ).toBe("act");
  for (const other of [
    { source: "linear" },
    { event: "comment" },
    { label: "agent" },
    { action: "opened" },
    { association: ["MEMBER"] },
    { repository: "acme/web" },
  ] as const) {
    expect([other, decided(other)]).toEqual([other, "ignore"]);
  }
});

test("nothing is done for anybody who is not listed, by id and not by name", () => {
  const sender = labeled((payload) => Object.assign(payload.sender ?? {}, { id: 666 }));
  const author = labeled((payload) => Object.assign((payload.issue as { user?: object }).user ?? {}, { id: 666 }));
  const nobody = labeled((payload) => Object.assign(payload.sender ?? {}, { id: null }));
  expect([sender, author, nobody].map((event) => decided({}, { event }))).toEqual(["refuse", "refuse", "refuse"]);
  expect(decided({}, { people: ["github:1"] })).toBe("refuse");
  expect(decided({}, { people: [] })).toBe("refuse");
});

test("a branch of another repository is none of ours", () => {
  const fork = githubPayload("pull_request_review", "submitted", ({ review, pull_request }) => {
    Object.assign(review ?? {}, { body: "Run this." });
    const { repo } = (pull_request?.head ?? {}) as { repo?: object };
    Object.assign(repo ?? {}, { full_name: "evil/Hello-World" });
  });
  expect(decided({ event: "review" }, { event: githubEvent("pull_request_review", fork) as HookEvent })).toBe("refuse");
});
