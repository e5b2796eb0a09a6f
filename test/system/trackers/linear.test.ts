import { expect, onTestFinished, test } from "bun:test";
import type { FleetError } from "../../../src/errors.ts";
import type { TicketReference } from "../../../src/model/ticket.ts";
import { linearFilter } from "../../../src/trackers/linear/filter.ts";
import { linearTracker } from "../../../src/trackers/linear/linear.ts";
import { linearError, linearStates, PlayedLinear } from "../../helpers/linear-issues.ts";

const ticket: TicketReference = { tracker: "linear", host: "linear.app", key: "ENG-12" };

function played(token: string | undefined = "lin_api_secret") {
  const linear = new PlayedLinear();
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: linear.fetch });
  onTestFinished(() => server.stop(true));
  const waits: string[] = [];
  const access = {
    ...{
      api: `http://127.0.0.1:${server.port}/graphql`,
      token,
      tokenSource: "LINEAR_API_KEY",
      wayToToken: "export LINEAR_API_KEY=...",
    },
    cancelled: new AbortController().signal,
    onWait: (reason: string, milliseconds: number) => waits.push(`${reason} ${Math.round(milliseconds / 1000)}`),
  };
  return { linear, tracker: linearTracker(access), waits };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("it did not fail"),
    (error) => error as FleetError,
  );

const ann = { id: "u1", displayName: "ann", isMe: false };
const comment = (index: number) => ({
  ...{ id: `c${index}`, body: `comment ${index}`, user: ann },
  createdAt: new Date(Date.UTC(2025, 5, 1, 0, index)).toISOString(),
});

test("an issue is read with its comments, sub-issues and attachments, and each request fits Linear's schema", async () => {
  const { linear, tracker } = played();
  linear.issues.set("ENG-12", {
    title: "Login fails",
    description: "It says **500**.",
    labels: ["Bug"],
    comments: [
      ...Array.from({ length: 70 }, (_, index) => comment(index)),
      { ...comment(70), user: null, botActor: { name: "GitHub" } },
    ],
    children: [{ identifier: "ENG-13", title: "Part", state: { name: "Done" } }],
    attachments: [{ title: "PR 7", url: "https://github.com/acme/web/pull/7" }],
  });
  const { comments, ...rest } = await tracker.read(ticket);
  expect(rest).toEqual({
    ...ticket,
    url: "https://linear.app/acme/issue/ENG-12/x",
    ...{ title: "Login fails", text: "It says **500**.", author: { id: "u1", name: "ann" } },
    ...{ state: "Todo", isClosed: false, labels: ["Bug"], olderComments: 0 },
    related: [{ kind: "sub-issue", key: "ENG-13", title: "Part", state: "Done" }],
    attachments: [{ name: "PR 7", url: "https://github.com/acme/web/pull/7" }],
  });
  expect(comments.length).toBe(71);
  expect(comments.map(({ at }) => at)).toEqual(comments.map(({ at }) => at).toSorted());
  expect(comments[70]?.author).toEqual({ id: "", name: "GitHub" });
});

for (const [title, answer, message, code] of [
  [
    "a key that is refused",
    () => linearError("Authentication required", "AUTHENTICATION_ERROR", 401),
    "Linear does not accept the token from LINEAR_API_KEY",
    "token-refused",
  ],
  [
    "too few rights",
    () => linearError("You need to be an admin", "FORBIDDEN", 200),
    "Linear does not let this token use ENG-12",
    "not-allowed",
  ],
  [
    "an issue that is not there",
    () => undefined,
    "Linear has no ENG-12, or the token from LINEAR_API_KEY may not see it",
    "ticket-not-found",
  ],
  [
    "what nobody expects",
    () => linearError("Oops", "INTERNAL_SERVER_ERROR", 200),
    "Linear answers 200 for ENG-12",
    "tracker-refused",
  ],
  ["no JSON", () => new Response("<html>"), "Linear answers something else than ENG-12", "tracker-unexpected"],
  [
    "a long rate limit",
    () =>
      linearError("Rate limit exceeded", "RATELIMITED", 400, {
        "x-ratelimit-requests-reset": `${Date.now() + 1_800_000}`,
      }),
    "Linear has had too many requests",
    "service-busy",
  ],
] as const) {
  test(`the error says what is wrong: ${title}`, async () => {
    const { linear, tracker } = played();
    linear.fault = answer;
    const error = await failure(tracker.read(ticket));
    expect([error.message, error.code]).toEqual([message, code]);
    expect(JSON.stringify([error.message, error.hint, error.output])).not.toContain("lin_api_secret");
  });
}

test("without a key nothing is asked", async () => {
  const { tracker } = played("");
  const error = await failure(
    linearTracker({
      api: "http://127.0.0.1:1",
      token: undefined,
      tokenSource: undefined,
      wayToToken: "export LINEAR_API_KEY=...",
      cancelled: new AbortController().signal,
    }).read(ticket),
  );
  expect([error.message, error.code]).toEqual(["Linear wants to know who asks for ENG-12", "token-missing"]);
  expect(tracker.name).toBe("linear");
});

test("a rate limit of seconds is waited for, and said", async () => {
  const { linear, tracker, waits } = played();
  linear.issues.set("ENG-12", { title: "x" });
  let asked = 0;
  linear.fault = () =>
    asked++ === 0
      ? linearError("Rate limit exceeded", "RATELIMITED", 400, { "x-ratelimit-requests-reset": `${Date.now() + 900}` })
      : undefined;
  expect((await tracker.read(ticket)).title).toBe("x");
  expect(waits).toEqual(["Linear has had too many requests 1"]);
});

test("a query is a filter that Linear knows, and finds page by page", async () => {
  const { linear, tracker } = played();
  for (let number = 1; number <= 70; number += 1) linear.issues.set(`ENG-${number}`, { title: "x" });
  const query = 'is:open label:agent state:"In Progress" team:eng project:Web assignee:me login page';
  expect((await tracker.search(query, 60)).map(({ key }) => key)).toEqual(
    Array.from({ length: 60 }, (_, index) => `ENG-${index + 1}`),
  );
  expect(JSON.stringify(linear.filters[0])).toBe(
    JSON.stringify({
      and: [
        { state: { type: { nin: ["completed", "canceled"] } } },
        { labels: { name: { eqIgnoreCase: "agent" } } },
        { state: { name: { eqIgnoreCase: "In Progress" } } },
        { team: { key: { eq: "ENG" } } },
        { project: { name: { eqIgnoreCase: "Web" } } },
        { assignee: { isMe: { eq: true } } },
        { searchableContent: { contains: "login" } },
        { searchableContent: { contains: "page" } },
      ],
    }),
  );
  expect(() => linearFilter("priority:1")).toThrow("Linear cannot be asked for priority:1");
});

test("a comment is written once and edited from then on, and a state is left alone where it is", async () => {
  const { linear, tracker } = played();
  linear.issues.set("ENG-12", { title: "x", comments: [{ ...comment(0), body: "fake MARK" }], state: linearStates[0] });
  for (const text of ["one MARK", "two MARK", "two MARK"]) await tracker.comment(ticket, "MARK", text);
  for (const word of ["in progress", "In Progress"]) await tracker.mark(ticket, word);
  expect(linear.written).toEqual(["create one MARK", "update two MARK", "move s2"]);
  const error = await failure(tracker.mark(ticket, "Review"));
  expect([error.message, error.output]).toEqual([
    'the team of ENG-12 has no state "Review"',
    "Todo\nIn Progress\nDone",
  ]);
});

test("who has changed an issue is known, and who has put a label on it", async () => {
  const { linear, tracker } = played();
  const other = { toTitle: null, actor: { id: "u3" }, descriptionUpdatedBy: null };
  const history = [
    ...Array.from({ length: 60 }, () => other),
    { ...other, descriptionUpdatedBy: [{ id: "u1" }, { id: "u2" }] },
    { ...other, toTitle: "New", actor: null },
  ];
  linear.issues.set("ENG-12", { title: "x", history });
  expect(await tracker.editors(ticket)).toEqual(["u1", "u2", ""]);
  const labelled = (id: string, name: string) => ({ ...other, actor: { id }, addedLabels: [{ name }] });
  linear.issues.set("ENG-12", { title: "x", history: [labelled("u4", "Agent"), labelled("u5", "bug"), ...history] });
  expect(await tracker.labellers?.(ticket, "agent")).toEqual(["u4"]);
});

test("a comment is found by its marker, the oldest first, and taken away", async () => {
  const { linear, tracker } = played();
  const comments = [{ ...comment(7), body: "MARK one" }];
  linear.issues.set("ENG-12", { title: "x", comments });
  await tracker.say(ticket, "MARK two");
  const found = await tracker.marked(ticket, "MARK");
  expect(found.map(({ text }) => text)).toEqual(["MARK one", "MARK two"]);
  await tracker.unsay(ticket, found[1]?.id ?? "");
  expect((await tracker.marked(ticket, "MARK")).map(({ text }) => text)).toEqual(["MARK one"]);
});
