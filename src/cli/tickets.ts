import type { Line } from "./text.ts";

/** What `fleet help tickets` says: what each tracker needs, and what its errors mean. */
export const ticketParagraphs: readonly string[] = [
  "fleet ticket starts an agent for each ticket that has none. The ticket, its newest comments and what it links to become the prompt, every line " +
    "of theirs behind a >: whoever wrote a ticket is not you, and the agent is told so. What a page would not show, such as comments in HTML " +
    "and characters that nobody can see, is left out, and what is endless is cut, saying so. A quotation makes a ticket no less foreign: an " +
    "agent that never asks for permission may still do what a ticket talks it into, so know who can write yours.",
  'Tokens are read from the environment or printed by a command of yours (github_token_command = "op read ..."), and kept in memory only.',
];

/** What is needed, and what an error means, with the remedy. */
export const ticketLines: readonly Line[] = [
  [
    "GitHub needs",
    "a remote there; GH_TOKEN or GITHUB_TOKEN, github_token_command or gh auth login. The token may read issues, and write them for what is written back",
  ],
  ["GitHub Enterprise", 'github_hosts = ["github.example.com"], GH_ENTERPRISE_TOKEN'],
  ["does not accept the token", "401: it is wrong, has expired or was taken back; make a new one, run gh auth login"],
  [
    "does not let this token use",
    "403: its scopes or the rights of its user are too few, or the organisation wants single sign-on for it; the tracker's words stand below",
  ],
  [
    "has no acme/web#42, or ...",
    "404, 410: no such ticket, or one that the token may not see, which GitHub does not tell apart; try gh issue view 42",
  ],
  [
    "has had too many requests",
    "a rate limit: fleet waits when it is a minute or less, and else says when to try again",
  ],
  [
    "cannot be reached",
    "no network, a proxy (HTTPS_PROXY, NO_PROXY) or a certificate of your own (SSL_CERT_FILE); the cause stands below",
  ],
  ["has not answered within 30 s", "nothing was started; run it again"],
  ["answers something else than", "that address is no tracker's; look at github_hosts, jira_url and linear_url"],
];
