import type { Line } from "./text.ts";

/** What `fleet help costs` says: what is counted, what holds a budget, and how figures leave the program. */
export const costParagraphs: readonly string[] = [
  "What agents use is read from what their CLIs write down, and each answer of a model counts once. A + behind a figure says at least: of some " +
    "answers nothing is written down, or not yet. A ~ says that a subscription pays; the money is what the same would cost without. Killed agents " +
    "count until fleet prune forgets them, and agents on other machines count as their hosts have told last.",
  "A budget (--budget, budget_per_agent, budget_per_batch, budget_per_day; 5USD, or 2M tokens) is a brake and no wall: an answer that was asked " +
    "for is paid for, and each agent may use one more than the budget. From 80 % on fleet warns. When it is used the turn is stopped, and the agent " +
    "shows error: budget 5.00 USD used until fleet budget BRANCH +2 raises it. It keeps its work and its conversation. A model without a price " +
    "costs nothing in a budget of money.",
  "Budgets are looked at whenever list, wait, create --wait or prompt --wait look at the agents, and by fleet serve while it runs. Claude Code looks " +
    "itself before every tool, when no fleet command runs, too (at what config.toml said when it was started, or fleet budget was run last); agents that share the budget of a batch or a day tell each other " +
    "what they have used.",
  "For Prometheus fleet serve answers at /metrics; without a server a timer can run fleet metrics -o FILE.prom for the textfile collector of " +
    "node_exporter. fleet metrics --dashboard prints a dashboard for Grafana. Where any OTEL_ variable is set, agent CLIs that export by " +
    "themselves find fleet.agent.id, .branch, .batch and .repo in OTEL_RESOURCE_ATTRIBUTES.",
];

/** What each CLI leaves out. */
export const costLines: readonly Line[] = [
  ["claude", "titles, compactions and answers that were cut off are known when its session ends: + until then"],
  ["codex", "all but titles; it is also told how much of its five hours and its week is used"],
  ["gemini", "all but what chooses a model and compresses a conversation"],
  ["opencode", "all but titles"],
  ["qwen", "all"],
  ["copilot", "all of its own session"],
];

/** For prometheus.yml. */
export const costRecipe: readonly string[] = [
  "scrape_configs:",
  "  - job_name: fleet",
  "    static_configs:",
  '      - targets: ["127.0.0.1:7117"]',
  "    authorization:",
  "      credentials_file: /home/ada/.ai_fleet/serve/viewer-token",
];
