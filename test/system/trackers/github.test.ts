import { expect, onTestFinished, test } from "bun:test";
import type { FleetError } from "../../../src/errors.ts";
import type { TicketReference } from "../../../src/model/ticket.ts";
import { githubTracker } from "../../../src/trackers/github/github.ts";
import { ann, PlayedGithub } from "../../helpers/github-issues.ts";

const ticket: TicketReference = { tracker: "github", host: "github.com", key: "acme/web#42" };

function played(token: string | undefined = "secret-token") {
  const github = new PlayedGithub();
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: github.fetch });
  onTestFinished(() => server.stop(true));
  const waits: string[] = [];
  const access = {
    api: `http://127.0.0.1:${server.port}`,
    token,
    tokenSource: token === undefined ? undefined : "GITHUB_TOKEN",
    wayToToken: "export GITHUB_TOKEN=...",
    cancelled: new AbortController().signal,
    onWait: (reason: string, milliseconds: number) => waits.push(`${reason} ${Math.round(milliseconds / 1000)}`),
  };
  return { github, tracker: githubTracker(access, "acme/web"), waits };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("it did not fail"),
    (error) => error as FleetError,
  );

const comment = (id: number, user = ann) => ({ id, user, body: `comment ${id}`, created_at: "2025-06-01T10:00:00Z" });

test("an issue is read with its newest comments, sub-issues and pull requests", async () => {
  const { github, tracker } = played();
  const related = (number: number, more: object = {}) => ({
    number,
    title: `Issue ${number}`,
    state: "closed",
    repository_url: "https://api.github.com/repos/acme/api",
    ...more,
  });
  github.issues.set("acme/web#42", {
    title: "Login fails",
    body: null,
    labels: ["bug", "agent"],
    comments: Array.from({ length: 230 }, (_, index) => comment(index + 1)),
    subIssues: [related(7)],
    timeline: [
      { event: "labeled" },
      { event: "cross-referenced", source: { type: "issue", issue: related(8, { pull_request: {} }) } },
      { event: "cross-referenced", source: { type: "issue", issue: related(9) } },
    ],
  });
  const { comments, ...rest } = await tracker.read(ticket);
  expect(rest).toEqual({
    ...ticket,
    url: expect.stringMatching(/^http:.*\/acme\/web\/issues\/42$/),
    title: "Login fails",
    text: "",
    author: { id: "101", name: "ann" },
    state: "open",
    isClosed: false,
    labels: ["bug", "agent"],
    olderComments: 100,
    related: [
      { kind: "sub-issue", key: "acme/api#7", title: "Issue 7", state: "closed" },
      { kind: "pull request", key: "acme/api#8", title: "Issue 8", state: "closed" },
    ],
    attachments: [],
  });
  expect(comments.map(({ id }) => Number(id))).toEqual(Array.from({ length: 130 }, (_, index) => index + 101));
});

for (const [title, status, body, headers, message, code, hint] of [
  [
    "a token that is refused",
    401,
    "Bad credentials",
    {},
    "GitHub does not accept the token from GITHUB_TOKEN",
    "token-refused",
    /export GITHUB_TOKEN=/,
  ],
  [
    "too few rights",
    403,
    "Resource not accessible by personal access token",
    {},
    "GitHub does not let this token use acme/web#42",
    "not-allowed",
    /fleet help tickets/,
  ],
  [
    "an issue that is not there",
    404,
    "Not Found",
    {},
    "GitHub has no acme/web#42, or the token from GITHUB_TOKEN may not see it",
    "ticket-not-found",
    /export GITHUB_TOKEN=/,
  ],
  [
    "an issue that was deleted",
    410,
    "This issue was deleted",
    {},
    "GitHub has no acme/web#42, or the token from GITHUB_TOKEN may not see it",
    "ticket-not-found",
    /./,
  ],
  [
    "what nobody expects",
    418,
    "teapot",
    {},
    "GitHub answers 418 for acme/web#42",
    "tracker-refused",
    /fleet help tickets/,
  ],
  [
    "a rate limit of half an hour",
    403,
    "API rate limit exceeded",
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${Math.ceil(Date.now() / 1000) + 1800}` },
    "GitHub has had too many requests",
    "service-busy",
    /try again after/,
  ],
] as const) {
  test(`the error says what is wrong: ${title}`, async () => {
    const { github, tracker } = played();
    github.fault = () => Response.json({ message: body }, { status, headers });
    const error = await failure(tracker.read(ticket));
    expect([error.kind, error.message, error.code]).toEqual(["failed", message, code]);
    expect(error.hint).toMatch(hint);
    expect(JSON.stringify([error.message, error.hint, error.output])).not.toContain("secret-token");
  });
}

test("a rate limit of seconds is waited for, and said", async () => {
  const { github, tracker, waits } = played();
  github.issues.set("acme/web#42", { title: "x", body: "y" });
  let refused = 0;
  github.fault = () =>
    refused++ === 0 ? new Response("", { status: 429, headers: { "retry-after": "1" } }) : undefined;
  expect((await tracker.read(ticket)).title).toBe("x");
  expect(waits).toEqual(["GitHub has had too many requests 1"]);
});

test("without a token, a private issue is told from a missing one as far as can be", async () => {
  const { github, tracker } = played("");
  github.fault = ({ headers }) => Response.json({}, { status: headers.has("authorization") ? 500 : 404 });
  const anonymous = githubTracker(
    { ...playedAccess(github), token: undefined, tokenSource: undefined, wayToToken: "export GITHUB_TOKEN=..." },
    undefined,
  );
  const error = await failure(anonymous.read(ticket));
  expect(error.message).toBe("GitHub has no acme/web#42, or it is not for everybody to see");
  expect(tracker.name).toBe("github");
});

function playedAccess(github: PlayedGithub) {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: github.fetch });
  onTestFinished(() => server.stop(true));
  return { api: `http://127.0.0.1:${server.port}`, cancelled: new AbortController().signal };
}

test("a pull request is no ticket, and an answer that is no issue is none", async () => {
  const { github, tracker } = played();
  github.issues.set("acme/web#42", { title: "x", body: "y", pull_request: {} });
  expect((await failure(tracker.read(ticket))).message).toBe("acme/web#42 is a pull request, not an issue");
  github.fault = () => new Response("<html>", { headers: { "content-type": "text/html" } });
  expect((await failure(tracker.read(ticket))).code).toBe("tracker-unexpected");
});

test("a query finds issues of the repository, page by page, no more than asked for", async () => {
  const { github, tracker } = played();
  for (let number = 1; number <= 250; number += 1) {
    github.issues.set(`acme/web#${number}`, { title: `x${number}`, body: "", labels: ["agent"] });
  }
  const found = await tracker.search("is:open label:agent", 220);
  expect(found.length).toBe(220);
  const { key, title, url } = found[219] ?? {};
  expect([key, title, url]).toEqual(["acme/web#220", "x220", expect.stringMatching(/\/acme\/web\/issues\/220$/)]);
  expect(new URL(github.asked[0]?.path ?? "", "http://x").searchParams.get("q")).toBe(
    "is:open label:agent is:issue repo:acme/web",
  );
  expect(await tracker.search("label:none", 5)).toEqual([]);
});

test("a comment is written once and edited from then on, and one of somebody else is left alone", async () => {
  const { github, tracker } = played();
  const marker = "<!-- fleet acme/web#42 -->";
  const foreign = { ...comment(1), body: `mine? ${marker}` };
  const comments = [foreign, ...Array.from({ length: 150 }, (_, index) => comment(index + 2))];
  github.issues.set("acme/web#42", { title: "x", body: "", comments });
  await tracker.comment(ticket, marker, `one ${marker}`);
  await tracker.comment(ticket, marker, `two ${marker}`);
  await tracker.comment(ticket, marker, `two ${marker}`);
  expect(comments.slice(151).map(({ body }) => body)).toEqual([`two ${marker}`]);
  expect(foreign.body).toBe(`mine? ${marker}`);
  expect(github.asked.filter(({ method }) => method !== "GET").map(({ method }) => method)).toEqual(["POST", "PATCH"]);
});

test("a label is added once", async () => {
  const { github, tracker } = played();
  const labels = ["bug"];
  github.issues.set("acme/web#42", { title: "x", body: "", labels });
  await tracker.mark(ticket, "In Review");
  await tracker.mark(ticket, "in review");
  expect(labels).toEqual(["bug", "In Review"]);
});

test("who has changed an issue is known, and somebody who is gone is nobody", async () => {
  const { github, tracker } = played();
  github.issues.set("acme/web#42", { title: "x", body: "", edited: [101, 7], renamed: [8, null] });
  expect(await tracker.editors(ticket)).toEqual(["101", "7", "8", ""]);
  github.issues.set("acme/web#42", { title: "x", body: "", edited: Array(101).fill(1) });
  expect((await failure(tracker.editors(ticket))).code).toBe("editors-unknown");
  github.issues.delete("acme/web#42");
  expect((await failure(tracker.editors(ticket))).code).toBe("ticket-not-found");
});
