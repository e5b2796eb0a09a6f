import { expect, test } from "bun:test";
import { FleetError } from "../../../src/errors.ts";
import { parseTicket, type TicketPlaces } from "../../../src/fleet/tickets/reference.ts";

const places: TicketPlaces = {
  repository: { host: "github.com", name: "acme/web" },
  jiraHost: "acme.atlassian.net",
  hasLinear: true,
  linearTeams: ["ENG"],
  jiraProjects: ["PROJ"],
};

for (const [word, meant] of [
  ["42", "github github.com acme/web#42"],
  ["#42", "github github.com acme/web#42"],
  ["acme/api#7", "github github.com acme/api#7"],
  ["https://github.com/acme/api/issues/7", "github github.com acme/api#7"],
  ["https://github.com/acme/api/issues/7#issuecomment-1", "github github.com acme/api#7"],
  ["ENG-12", "linear linear.app ENG-12"],
  ["eng-12", "linear linear.app ENG-12"],
  ["https://linear.app/acme/issue/OPS-3/fix-it", "linear linear.app OPS-3"],
  ["PROJ-7", "jira acme.atlassian.net PROJ-7"],
  ["https://acme.atlassian.net/browse/ABC-9", "jira acme.atlassian.net ABC-9"],
  ["https://acme.atlassian.net/jira/software/projects/A/boards/1?selectedIssue=A-9", "jira acme.atlassian.net A-9"],
] as const) {
  test(`${word} means ${meant}`, () => {
    const { tracker, host, key } = parseTicket(word, places);
    expect(`${tracker} ${host} ${key}`).toBe(meant);
  });
}

for (const [word, message, different] of [
  ["fix it", '"fix it" is no ticket', {}],
  ["--help", '"--help" is no ticket', {}],
  ["", '"" is no ticket', {}],
  ["42", "42 is an issue of which repository? This one has no remote on GitHub", { repository: undefined }],
  ["OPS-1", "OPS-1 could be of Linear or of Jira", {}],
  ["OPS-1", "OPS-1 could be of Linear or of Jira, and neither is set up", { hasLinear: false, jiraHost: undefined }],
  ["https://github.com/acme/web/pull/3", "https://github.com/acme/web/pull/3 is a pull request, not a ticket", {}],
  ["https://evil.example/acme/web/issues/3", "evil.example is not the host of a remote of this repository", {}],
  ["https://evil.example/browse/PROJ-7", '"https://evil.example/browse/PROJ-7" is no address of a ticket', {}],
] as const) {
  test(`${JSON.stringify(word)} is refused: ${message}`, () => {
    const refused = () => parseTicket(word, { ...places, ...different });
    expect(refused).toThrow(FleetError);
    expect(refused).toThrow(message);
  });
}

test("a key is of the only tracker that can have it", () => {
  const noPrefixes = { ...places, linearTeams: [], jiraProjects: [] };
  expect(parseTicket("X-1", { ...noPrefixes, jiraHost: undefined }).tracker).toBe("linear");
  expect(parseTicket("X-1", { ...noPrefixes, hasLinear: false }).tracker).toBe("jira");
});
