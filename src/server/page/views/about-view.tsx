import { hostOf } from "../state/agents.ts";
import { can } from "../state/server.ts";
import type { Agent } from "../wire.ts";
import { amount, money, shown } from "../words.ts";
import { BudgetForm } from "./budget-form.tsx";

/** All that is known of an agent, for who wants to know exactly. */
export function AboutView({ agent }: { readonly agent: Agent }) {
  const { cost } = agent;
  const tokens = Object.entries(cost?.tokens ?? {}).filter(([, count]) => count > 0);
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    ["Task", agent.prompt || agent.task],
    ["Last words", agent.last_words],
    ["Branch", agent.branch],
    ["Worktree", agent.worktree],
    ["Repository", agent.repo],
    ["Base", [agent.base_branch, agent.base.slice(0, 12)].filter(Boolean).join(" at ")],
    ["Host", hostOf(agent)],
    ["Ticket", agent.ticket?.key],
    ["Batch", agent.batch_id],
    ["Agent", agent.agent],
    ["Session", agent.session],
    ["Conversation", agent.agent_session],
    ["Process", agent.pid === null ? null : String(agent.pid)],
    ["Started", new Date(agent.created_at).toLocaleString()],
    ["Budget", agent.budget],
    [
      "Cost",
      cost?.usd == null
        ? null
        : `${cost.at_least ? "at least " : ""}${money(cost.usd)}${cost.subscription ? ", paid by a subscription" : ""}`,
    ],
    ["Tokens", tokens.map(([kind, count]) => `${amount(count)} ${kind.replaceAll("_", " ")}`).join(", ")],
  ];
  return (
    <dl class="about" tabIndex={0}>
      {facts
        .filter(([, value]) => value != null && value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{shown(value ?? "")}</bdi>
            </dd>
          </div>
        ))}
      {can("budget") && (
        <div>
          <dt>New budget</dt>
          <dd>
            <BudgetForm agents={[agent]} />
          </dd>
        </div>
      )}
    </dl>
  );
}
