import { expect, test } from "bun:test";
import type { WebhookRule } from "../../../src/config/config.ts";
import { missedQuery } from "../../../src/server/hooks/missed-tickets.ts";
import { linearFilter } from "../../../src/trackers/linear/filter.ts";

const rule: Omit<WebhookRule, "source"> = {
  ...{ event: "ticket", action: "", label: "", repository: "", association: [], directory: "/x", attempts: undefined },
  ...{ agent: "", budget: "", finish: [] },
};
const since = new Date("2026-01-31T10:00:00.000Z");

test("what Linear is asked for is what a rule would have been told", () => {
  const query = missedQuery({ ...rule, source: "linear", label: "to do", repository: "ENG" }, since);
  expect(query).toBe('is:open label:"to do" team:ENG updated:>=2026-01-31T10:00:00.000Z');
  expect(linearFilter(query)).toMatchObject({
    and: expect.arrayContaining([{ updatedAt: { gte: "2026-01-31T10:00:00.000Z" } }]),
  });
  expect(missedQuery({ ...rule, source: "linear", action: "create" }, since)).toBe(
    "is:open created:>=2026-01-31T10:00:00.000Z",
  );
});

test("Jira is asked in minutes before now, whatever its time zone, and no label leaves its quotes", () => {
  const now = since.getTime() + 90_500;
  const asked = { ...rule, source: "jira", label: 'a" OR "b', repository: "PROJ" } as const;
  expect(missedQuery(asked, since, now)).toBe(
    'statusCategory != Done AND labels = "a\\" OR \\"b" AND project = "PROJ" AND updated >= "-2m"',
  );
});
