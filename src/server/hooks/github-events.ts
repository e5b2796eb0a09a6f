import type { Ticket } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../../trackers/fields.ts";
import { attemptsAsked, bounded, type HookEvent, type Ignored } from "./event.ts";

/** What a delivery of GitHub says, by the name of its event. */
export function githubEvent(name: string, payload: Fields): HookEvent | Ignored {
  switch (name) {
    case "issues":
      return issueEvent(payload);
    case "issue_comment":
      return commentEvent(payload);
    case "pull_request_review":
      return reviewEvent(payload);
    case "check_run":
      return checkEvent(payload);
    default:
      return { ignored: `events of ${name} start nothing` };
  }
}

const issueActions = new Set(["opened", "reopened", "labeled", "edited", "assigned"]);

function issueEvent(payload: Fields): HookEvent | Ignored {
  const action = textOf(payload.action);
  if (!issueActions.has(action)) return { ignored: `${action} starts nothing` };
  const { ticket, ...common } = issueOf(payload);
  if (ticket.isClosed) return { ignored: "the issue is closed" };
  return { kind: "ticket", ...common, ticket };
}

function commentEvent(payload: Fields): HookEvent | Ignored {
  if (payload.action !== "created") return { ignored: "only a new comment is a command" };
  const comment = fieldsOf(payload.comment);
  const attempts = attemptsAsked(textOf(comment.body));
  if (attempts === undefined) return { ignored: "the comment is no command" };
  const { ticket, people, ...common } = issueOf(payload);
  if (fieldsOf(payload.issue).pull_request !== undefined) return { ignored: "the comment is on a pull request" };
  if (idOf(payload.sender) !== idOf(comment.user)) return { ignored: "the comment is of somebody else" };
  const { tracker, key, host } = ticket;
  return { kind: "comment", ...common, people, ticket, reference: { tracker, key, host }, attempts };
}

function issueOf(payload: Fields) {
  const issue = fieldsOf(payload.issue);
  const { repository, host } = placeOf(payload);
  const ticket: Ticket = {
    tracker: "github",
    host,
    key: `${repository}#${textOf(issue.number)}`,
    url: textOf(issue.html_url),
    title: textOf(issue.title),
    text: bounded(textOf(issue.body)),
    author: { id: textOf(fieldsOf(issue.user).id), name: textOf(fieldsOf(issue.user).login) },
    state: textOf(issue.state),
    isClosed: issue.state === "closed",
    labels: listOf(issue.labels).map(({ name }) => textOf(name)),
    comments: [],
    olderComments: Number(issue.comments) || 0,
    related: [],
    attachments: [],
  };
  return {
    source: "github" as const,
    action: textOf(payload.action),
    repository,
    host,
    ticket,
    people: { sender: idOf(payload.sender), author: idOf(issue.user) },
    association: textOf(issue.author_association),
  };
}

function reviewEvent(payload: Fields): HookEvent | Ignored {
  if (payload.action !== "submitted") return { ignored: "only a new review is told to an agent" };
  const review = fieldsOf(payload.review);
  const state = textOf(review.state).toLowerCase();
  const body = textOf(review.body);
  if (body.trim() === "" && state !== "changes_requested") return { ignored: "the review says nothing" };
  const pull = fieldsOf(payload.pull_request);
  const head = fieldsOf(pull.head);
  return {
    kind: "review",
    source: "github",
    action: "submitted",
    ...placeOf(payload),
    people: { sender: idOf(payload.sender), author: idOf(review.user) },
    association: textOf(review.author_association),
    branch: textOf(head.ref),
    from: textOf(fieldsOf(head.repo).full_name),
    commit: textOf(head.sha),
    title: `Review of pull request #${textOf(pull.number)}: ${state.replaceAll("_", " ")}`,
    text: bounded(body),
    url: textOf(review.html_url),
  };
}

const failed = new Set(["failure", "timed_out", "action_required", "startup_failure"]);

function checkEvent(payload: Fields): HookEvent | Ignored {
  const check = fieldsOf(payload.check_run);
  const conclusion = textOf(check.conclusion);
  if (payload.action !== "completed" || !failed.has(conclusion)) return { ignored: "the check has not failed" };
  const { repository, host } = placeOf(payload);
  const suite = fieldsOf(check.check_suite);
  const pull = listOf(check.pull_requests)[0];
  // The branch of a fork is known by its pull request alone, and has no name in the suite.
  const branch = textOf(suite.head_branch);
  if (branch === "") return { ignored: "the check is of no branch of this repository" };
  const output = fieldsOf(check.output);
  const parts = [output.title, output.summary, output.text].map(textOf).filter((part) => part !== "");
  const app = textOf(fieldsOf(check.app).id);
  return {
    kind: "check",
    source: "github",
    action: "completed",
    repository,
    host,
    association: "",
    people: { sender: idOf(payload.sender), author: app === "" ? "" : `github-app:${app}` },
    branch,
    from: isForeign(pull) ? "" : repository,
    commit: textOf(check.head_sha),
    title: `Check ${textOf(check.name)}: ${conclusion.replaceAll("_", " ")}`,
    text: bounded(parts.join("\n\n")),
    url: textOf(check.html_url),
  };
}

function isForeign(pull: Fields | undefined): boolean {
  if (pull === undefined) return false;
  const repositoryOf = (side: unknown) => textOf(fieldsOf(fieldsOf(side).repo).id);
  return repositoryOf(pull.head) !== repositoryOf(pull.base);
}

function placeOf(payload: Fields): { readonly repository: string; readonly host: string } {
  const { full_name: name, html_url: url } = fieldsOf(payload.repository);
  return { repository: textOf(name), host: URL.parse(textOf(url))?.host ?? "" };
}

function idOf(user: unknown): string {
  const id = textOf(fieldsOf(user).id);
  return id === "" ? "" : `github:${id}`;
}
