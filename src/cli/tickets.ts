import type { Line } from "./text.ts";

/** What `fleet help tickets` says: what each tracker needs, and what its errors mean. */
export const ticketParagraphs: readonly string[] = [
  "fleet ticket starts an agent for each ticket that has none. The ticket, its newest comments and what it links to become the prompt, every line " +
    "of theirs behind a >: whoever wrote a ticket is not you, and the agent is told so. What a page would not show, such as comments in HTML " +
    "and characters that nobody can see, is left out, and what is endless is cut, saying so. A quotation makes a ticket no less foreign: an " +
    "agent that never asks for permission may still do what a ticket talks it into, so know who can write yours.",
  "A ticket has one agent, whoever asks for it: its key is kept with the agent, and on the remote of the repository as refs/fleet/claims/..., " +
    "which is made before the agent and can be made only once. So there is at most one where the remote can be pushed to. Where it cannot, a " +
    "comment on the ticket claims it, and the older of two holds; where there can be no comment either, or claim_by_comment is false, fleet says " +
    "so and goes on. claim_tickets = false claims nothing, fleet ticket --release gives a ticket back; until then it is this fleet's, also when its agent is gone.",
  "fleet ticket --sync writes one comment to each ticket and edits it from then on; else only a claim writes one, where the remote cannot be pushed to.",
  'Tokens are read from the environment or printed by a command of yours (github_token_command = "op read ..."), and kept in memory only.',
];

/** What is needed, and what an error means, with the remedy. */
export const ticketLines: readonly Line[] = [
  [
    "GitHub needs",
    "a remote there, and GH_TOKEN or GITHUB_TOKEN, github_token_command or gh auth login; to read public issues, nothing. Of Enterprise: " +
      'github_hosts = ["github.example.com"] and GH_ENTERPRISE_TOKEN. --query takes what its search does: is:open label:agent',
  ],
  [
    "Linear needs",
    "LINEAR_API_KEY or linear_token_command. --query takes is:open, is:closed, label:, state:, team:, project:, assignee:me, updated:>=2026-01-31 and words",
  ],
  [
    "Jira needs",
    "jira_url, and JIRA_API_TOKEN or jira_token_command; Jira Cloud jira_user too. A server of your own (8.14 or later) takes a personal " +
      "token. --query takes JQL: project = PROJ and labels = agent",
  ],
  [
    "ENG-12 could be of two",
    'where both are set, linear_teams = ["ENG"] and jira_projects = ["PROJ"] say which keys are whose; an address says it, too',
  ],
  [
    "GitHub: does not accept the token",
    "401: it is wrong, has expired or was taken back; gh auth login, or a new one in Settings, Developer settings",
  ],
  [
    "GitHub: does not let this token use",
    "403: its scopes (repo, or issues: read and write) or the rights of its user are too few, or an organisation wants single sign-on for " +
      "it; what GitHub says stands below",
  ],
  [
    "GitHub: has no acme/web#42, or ...",
    "404, 410: no such issue, one that was deleted, or one that the token may not see, which GitHub does not tell apart; gh issue view 42",
  ],
  ["Linear: does not accept the token", "AUTHENTICATION_ERROR: make a new key in Settings, Security & access"],
  ["Linear: does not let this token use", "FORBIDDEN: the key may only read, or not this team"],
  [
    "Linear: has no ENG-12, or ...",
    "Entity not found: no such issue, or one of a private team that the key's user is not in",
  ],
  [
    "Jira: does not accept the token",
    "401: a token of Jira Cloud needs jira_user, one of a server must not have it; tokens of Cloud end after a year",
  ],
  [
    "Jira: does not let this token use",
    "403: no licence or no right for this project, or a server that wants a captcha solved first: log in with a browser",
  ],
  [
    "Jira: has no PROJ-7, or ...",
    "404: no such issue, or one of a project that its user cannot browse; a wrong jira_url does so, too",
  ],
  ["Jira: answers 400", "the query is no JQL; what is wrong with it stands below"],
  [
    "has had too many requests",
    "429, 403, RATELIMITED: fleet waits up to a minute, and says so; else it says when to try again. Nothing was started",
  ],
  [
    "cannot be reached",
    "no network, a proxy (HTTPS_PROXY, NO_PROXY) or a certificate of your own (SSL_CERT_FILE); the cause stands below",
  ],
  ["has not answered within 30 s", "nothing was started; run it again"],
  ["answers something else than", "that address is no tracker's: look at github_hosts, jira_url and linear_url"],
];
