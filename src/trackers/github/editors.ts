import type { TicketReference } from "../../model/ticket.ts";
import { githubGraphqlAddress } from "../../system/github.ts";
import { fieldsOf, listOf, textOf } from "../fields.ts";
import { ask, refusal, type TrackerAccess, tooManyEdits } from "../tracker.ts";
import { service, tokenHint, withHeaders } from "./call.ts";
import { partsOf } from "./reference.ts";

/** Only GraphQL tells who has changed a text. */
const editsQuery = `query Edits($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      userContentEdits(first: 100) { totalCount nodes { editor { __typename ... on User { databaseId } ... on Bot { databaseId } } } }
      timelineItems(first: 100, itemTypes: [RENAMED_TITLE_EVENT]) {
        totalCount
        nodes { ... on RenamedTitleEvent { actor { __typename ... on User { databaseId } ... on Bot { databaseId } } } }
      }
    }
  }
}`;

/** The ids of all who have changed an issue's title or text. Throws FleetError when that cannot be told. */
export async function editors(access: TrackerAccess, reference: TicketReference): Promise<string[]> {
  const { owner, name, number } = partsOf(reference);
  const variables = { owner, name, number: Number(number) };
  const url = githubGraphqlAddress(access.api);
  const { headers = {} } = withHeaders(access, { method: "POST", url: "" });
  const answer = await ask(access, service, { method: "POST", url, headers, body: { query: editsQuery, variables } });
  const what = `who has changed ${reference.key}`;
  const { data, errors } = fieldsOf(answer.json);
  const words = [textOf(fieldsOf(answer.json).message), ...listOf(errors).map(({ message }) => textOf(message))];
  if (answer.status !== 200)
    throw refusal(answer.status, { service, what, access, tokenHint: tokenHint(access), words: words.join("\n") });
  const issue = fieldsOf(fieldsOf(fieldsOf(data).repository).issue);
  if (listOf(errors).length > 0 || issue.userContentEdits === undefined)
    throw refusal(404, { service, what, access, tokenHint: tokenHint(access), words: "" });
  const [edits, renames] = [fieldsOf(issue.userContentEdits), fieldsOf(issue.timelineItems)];
  if (Number(edits.totalCount) > 100 || Number(renames.totalCount) > 100) throw tooManyEdits(reference.key);
  const people = [
    ...listOf(edits.nodes).map(({ editor }) => editor),
    ...listOf(renames.nodes).map(({ actor }) => actor),
  ];
  return [...new Set(people.map((each) => textOf(fieldsOf(each).databaseId)))];
}
