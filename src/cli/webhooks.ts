import type { Line } from "./text.ts";

/** What `fleet help webhooks` says: how a label becomes a pull request, and what keeps strangers out. */
export const webhookParagraphs: readonly string[] = [
  "fleet serve takes webhooks of GitHub, Linear and Jira at /hooks/github, /hooks/linear and /hooks/jira, and starts and prompts agents for " +
    "them as the rules in config.toml say. A delivery is looked at when its signature is right, is on disk before it is answered, is " +
    "dealt with once, also when the server is killed on the way, and waits while max_agents run.",
  "Nothing is done unless whoever sent it, whoever wrote the text and whoever has changed it since are all in people, by the ids of the " +
    "tracker: names can be taken by others. To see the id of a GitHub user, run gh api users/NAME --jq .id. The text is the one that was " +
    "signed, without comments. Agents need a sandbox, unless allow_unsandboxed is true. A failed check counts for a branch of the same " +
    "repository whose agent has not moved on, if its app is in people, too: github-app:15368 is GitHub Actions. Deliveries come late and out of " +
    "order: nothing starts for a ticket that is closed by then, or has lost the label of the rule.",
  "A comment /fleet try 3, and nothing else in it, asks for three agents in all for that issue. finish says what follows when an agent is " +
    "done: its tests, a pull request unless they fail, the comment on the ticket. GitHub does not send again " +
    "what was not answered, but for three days when it is asked to: a server that starts asks for what was missed, if the token may see " +
    "the webhooks of the repository (admin:repo_hook). Linear and Jira try again for a while only: it asks them for the tickets of its rules that have changed since a server " +
    "was last there, at most three days ago. Who put the label on such a ticket counts as its sender; comments that were missed are not asked for.",
  "The recipe below is for an issue that becomes a pull request by a label. Run the server behind something that speaks TLS: a proxy of your " +
    "own, or a tunnel to port 7118 of a service that you trust; --webhooks-only answers nothing but signed webhooks there, and serve_url " +
    "names its address. On GitHub add the webhook https://YOUR-ADDRESS/hooks/github, with content type application/json, a secret, and " +
    "the events Issues, Issue comments, Pull request reviews and Check runs.",
];

/** What goes where. */
export const webhookLines: readonly Line[] = [
  ["GitHub", "repository, Settings, Webhooks; GITHUB_WEBHOOK_SECRET or github_secret_command"],
  ["Linear", "Settings, API, Webhooks; LINEAR_WEBHOOK_SECRET or linear_secret_command. events Issues and Comments"],
  [
    "Jira",
    "System, WebHooks, with a secret; JIRA_WEBHOOK_SECRET or jira_secret_command. events of issues and comments",
  ],
  ["401", "the signature is not right: the secret here is another one than there"],
  ["404", "there is no [webhooks] in config.toml"],
  ["503", "a secret is missing, or the disk is full: what fleet serve prints says which"],
  ["415", "the webhook sends forms: choose application/json"],
  ["421", "the address is not that of serve_url"],
];

/** To be copied: the configuration, and a unit for systemd. */
export const webhookRecipe: readonly string[] = [
  "# ~/.ai_fleet/config.toml",
  'serve_url = "https://hooks.example.com"',
  'sandbox = "bubblewrap"',
  'test_command = "npm test"',
  "",
  "[webhooks]",
  'people = ["github:583231"]',
  "",
  "[[webhooks.rules]]",
  'source = "github"',
  'event = "ticket"',
  'label = "agent"',
  'directory = "~/code/web"',
  'finish = ["test", "pr", "comment"]',
  "",
  "# ~/.config/systemd/user/fleet-webhooks.service; then:",
  "# systemctl --user enable --now fleet-webhooks; loginctl enable-linger",
  "[Unit]",
  "Description=Agents for labeled issues",
  "",
  "[Service]",
  "# GITHUB_WEBHOOK_SECRET=... and GITHUB_TOKEN=..., readable by you alone",
  "EnvironmentFile=%h/.config/fleet-webhooks.env",
  "ExecStart=%h/.local/bin/fleet serve --webhooks-only --port 7118",
  "Restart=always",
  "# agents live on when the server ends",
  "KillMode=process",
  "",
  "[Install]",
  "WantedBy=default.target",
];
