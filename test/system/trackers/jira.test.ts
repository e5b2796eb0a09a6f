import { expect, onTestFinished, test } from "bun:test";
import type { FleetError } from "../../../src/errors.ts";
import type { TicketReference } from "../../../src/model/ticket.ts";
import { jiraTracker } from "../../../src/trackers/jira/jira.ts";
import adf from "../../fixtures/trackers/adf.json";
import { PlayedJira } from "../../helpers/jira-issues.ts";
import { schemaProblems } from "../../helpers/json-schema.ts";

const ticket: TicketReference = { tracker: "jira", host: "acme.atlassian.net", key: "PROJ-7" };
const kinds = [
  ["of Atlassian", "me@acme.example"],
  ["of a server", ""],
] as const;

function played(user: string) {
  const jira = new PlayedJira(user);
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: jira.fetch });
  onTestFinished(() => server.stop(true));
  const access = {
    ...{
      api: `http://127.0.0.1:${server.port}`,
      user,
      token: "secret-token",
      tokenSource: "JIRA_API_TOKEN",
      wayToToken: "export JIRA_API_TOKEN=...",
    },
    cancelled: new AbortController().signal,
  };
  return { jira, access, tracker: jiraTracker(access) };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("it did not fail"),
    (error) => error as FleetError,
  );

const document = (words: string) => ({
  version: 1,
  type: "doc",
  content: [{ type: "paragraph", content: [{ type: "text", text: words }] }],
});

for (const [kind, user] of kinds) {
  const written = (words: string) => (user === "" ? words : document(words));

  test(`an issue of a Jira ${kind} is read with what belongs to it`, async () => {
    const { jira, tracker, access } = played(user);
    const author = user === "" ? { name: "bob", displayName: "Bob" } : { accountId: "id-bob", displayName: "Bob" };
    const related = (key: string) => ({ key, fields: { summary: "Part", status: { name: "Done" } } });
    jira.issues.set("PROJ-7", {
      summary: "Login fails",
      description:
        user === ""
          ? "h1. Bug"
          : {
              type: "doc",
              content: [{ type: "heading", attrs: { level: 1 }, content: [{ type: "text", text: "Bug" }] }],
            },
      ...{ status: "Done", labels: ["agent"], subtasks: [related("PROJ-8")] },
      issuelinks: [{ type: { name: "Blocks" }, outwardIssue: related("PROJ-9") }, { inwardIssue: related("PROJ-10") }],
      attachment: [{ filename: "log.txt", content: "https://acme.atlassian.net/log.txt" }],
      comments: Array.from({ length: 60 }, (_, index) => ({
        ...{ id: `${index}`, author, body: written(`comment ${index}`) },
        created: new Date(Date.UTC(2025, 5, 1, 0, index)).toISOString(),
      })),
    });
    const { comments, ...rest } = await tracker.read(ticket);
    expect(rest).toEqual({
      ...ticket,
      url: `${access.api}/browse/PROJ-7`,
      ...{ title: "Login fails", text: "# Bug", author: { id: user === "" ? "JIRAUSER-ann" : "id-ann", name: "ann" } },
      ...{ state: "Done", isClosed: true, labels: ["agent"], olderComments: 10 },
      related: [
        { kind: "sub-issue", key: "PROJ-8", title: "Part", state: "Done" },
        { kind: "link", key: "PROJ-9", title: "Part", state: "Done" },
        { kind: "link", key: "PROJ-10", title: "Part", state: "Done" },
      ],
      attachments: [{ name: "log.txt", url: "https://acme.atlassian.net/log.txt" }],
    });
    expect(comments.map(({ text }) => text)).toEqual(Array.from({ length: 50 }, (_, index) => `comment ${index + 10}`));
  });

  test(`the errors of a Jira ${kind} say what is wrong`, async () => {
    const { jira, tracker, access } = played(user);
    const missing = await failure(tracker.read(ticket));
    expect([missing.message, missing.code]).toEqual([
      "Jira has no PROJ-7, or the token from JIRA_API_TOKEN may not see it",
      "ticket-not-found",
    ]);
    const refused = await failure(jiraTracker({ ...access, token: "other" }).read(ticket));
    expect([refused.message, refused.code, refused.output]).toEqual([
      "Jira does not accept the token from JIRA_API_TOKEN",
      "token-refused",
      "Client must be authenticated to access this resource.",
    ]);
    const unknown = await failure(jiraTracker({ ...access, token: undefined }).read(ticket));
    expect([unknown.message, unknown.code]).toEqual(["Jira wants to know who asks for PROJ-7", "token-missing"]);
    jira.fault = () =>
      Response.json({ errorMessages: [], errors: { jql: "Field 'x' does not exist" } }, { status: 400 });
    const query = await failure(tracker.search("x = 1", 5));
    expect([query.message, query.output]).toEqual([
      "Jira answers 400 for what the query asks for",
      "Field 'x' does not exist",
    ]);
    jira.fault = () => Response.json({ message: "not licensed" }, { status: 403 });
    expect((await failure(tracker.read(ticket))).code).toBe("not-allowed");
    jira.fault = () => new Response("<html>login</html>");
    expect((await failure(tracker.read(ticket))).code).toBe("tracker-unexpected");
    jira.fault = () => new Response("", { status: 429, headers: { "retry-after": "1800" } });
    expect((await failure(tracker.read(ticket))).code).toBe("service-busy");
  });

  test(`a query of a Jira ${kind} finds page by page, no more than asked for`, async () => {
    const { jira, tracker } = played(user);
    for (let number = 1; number <= 130; number += 1) jira.issues.set(`PROJ-${number}`, { summary: "x" });
    expect((await tracker.search("labels = agent", 120)).map(({ key }) => key)).toEqual(
      Array.from({ length: 120 }, (_, index) => `PROJ-${index + 1}`),
    );
    const all = await tracker.search("labels = agent", 500);
    expect([all.length, all[129]?.title, all[129]?.url]).toEqual([
      130,
      "x",
      expect.stringMatching(/\/browse\/PROJ-130$/),
    ]);
    expect(jira.asked[0]?.body).toMatchObject({ jql: "labels = agent", maxResults: 50 });
  });

  test(`in a Jira ${kind} a comment is written once and edited from then on, and a state is left alone where it is`, async () => {
    const { jira, tracker } = played(user);
    const comments = Array.from({ length: 60 }, (_, index) => ({
      id: `${index + 1}`,
      author: { name: "eve", accountId: "id-eve" },
      body: written("fake MARK"),
      created: "",
    }));
    jira.issues.set("PROJ-7", { summary: "x", comments });
    for (const words of ["one MARK", "- two MARK https://a.example", "- two MARK https://a.example"])
      await tracker.comment(ticket, "MARK", words);
    for (const word of ["in progress", "In Progress"]) await tracker.mark(ticket, word);
    const changes = jira.asked.filter(({ method }) => method !== "GET");
    expect(changes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /issue/PROJ-7/comment",
      "PUT /issue/PROJ-7/comment/61",
      "POST /issue/PROJ-7/transitions",
    ]);
    const { body } = (changes[1]?.body ?? {}) as { body?: unknown };
    if (user === "") expect(body).toBe("* two MARK https://a.example");
    else expect(schemaProblems(adf.schema, body)).toEqual([]);
    const error = await failure(tracker.mark(ticket, "Review"));
    expect([error.message, error.output]).toEqual([
      'PROJ-7 cannot be moved to "Review" from where it is',
      "To Do\nIn Progress\nDone",
    ]);
  });

  test(`in a Jira ${kind} a comment is found by its marker, and taken away`, async () => {
    const { jira, tracker } = played(user);
    jira.issues.set("PROJ-7", { summary: "x", comments: [] });
    for (const words of ["MARK one", "other", "MARK two"]) await tracker.say(ticket, words);
    const found = await tracker.marked(ticket, "MARK");
    expect(found.map(({ text }) => text)).toEqual(["MARK one", "MARK two"]);
    await tracker.unsay(ticket, found[0]?.id ?? "");
    expect((await tracker.marked(ticket, "MARK")).map(({ text }) => text)).toEqual(["MARK two"]);
  });

  test(`who has changed an issue of a Jira ${kind} is known, and who has put a label on it`, async () => {
    const { jira, tracker } = played(user);
    const by = (id: string, field: string) => ({
      author: user === "" ? { key: id } : { accountId: id },
      items: [{ field }],
    });
    const labelled = (id: string, before: string, after: string) => ({
      ...by(id, "labels"),
      items: [{ field: "labels", fromString: before, toString: after }],
    });
    const histories = [by("a1", "status"), by("a2", "description"), by("a3", "summary"), by("a2", "summary")];
    jira.issues.set("PROJ-7", { summary: "x", histories });
    expect(await tracker.editors(ticket)).toEqual(["a2", "a3"]);
    const labels = [
      labelled("a4", "bug", "bug agent"),
      labelled("a5", "agent", "agent ui"),
      labelled("a6", "agent", ""),
    ];
    jira.issues.set("PROJ-7", { summary: "x", histories: [...labels, by("a7", "summary")] });
    expect(await tracker.labellers?.(ticket, "agent")).toEqual(["a4"]);
    jira.issues.set("PROJ-7", { summary: "x", histories, moreHistories: 1 });
    expect((await failure(tracker.editors(ticket))).code).toBe("editors-unknown");
  });
}
