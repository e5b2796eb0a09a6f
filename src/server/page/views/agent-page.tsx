import { signal } from "@preact/signals";
import { Away } from "../parts/away.tsx";
import { Icon } from "../parts/icon.tsx";
import { Dot, Made, PullRequest, Since, StatusWord } from "../parts/status.tsx";
import { compareAgents, interruptAgents, killAgents, resumeAgents, stopAgents } from "../state/actions.ts";
import { agentsById, agentsKnown, expected, hostOf, needsUser } from "../state/agents.ts";
import { show } from "../state/dialogs.ts";
import { hasEnded } from "../state/ended.ts";
import { keysInWords } from "../state/keyboard.ts";
import { testAgents } from "../state/review.ts";
import { type AgentTab, address } from "../state/route.ts";
import { can } from "../state/server.ts";
import type { Agent } from "../wire.ts";
import { amount, lastPart, memory, money, oneLine, shown } from "../words.ts";
import { AboutView } from "./about-view.tsx";
import { Blank, Loading } from "./conditions.tsx";
import { DiffView } from "./diff-view.tsx";
import { QuestionPanel } from "./question-panel.tsx";
import { TalkView } from "./talk-view.tsx";
import { TerminalView } from "./terminal-view.tsx";

const room = matchMedia("(min-width: 112rem)");
const wide = signal(room.matches);
room.addEventListener("change", () => {
  wide.value = room.matches;
});

interface AgentPageProps {
  readonly id: string;
  readonly tab: AgentTab;
}

/** One agent: what it asks, what it said, its terminal, its changes, and all that is known of it. */
export function AgentPage({ id, tab }: AgentPageProps) {
  const agent = agentsById.value.get(id);
  if (agent === undefined) {
    return agentsKnown.value && expected.value !== id ? (
      <Blank icon="branch" title="This agent is gone">
        <p>It was killed or pruned. What it saved can be brought back: press u, or run fleet restore.</p>
        <p>
          <a href={address({ at: "home" })}>All agents</a>
        </p>
      </Blank>
    ) : (
      <Loading what="the agent" />
    );
  }
  return (
    <article class="agent" aria-labelledby="agent-name">
      <header class="agent-head">
        <div class="agent-line">
          <a class="icon-button narrow-only" href={address({ at: "home" })} aria-label="All agents">
            <Icon name="back" />
          </a>
          <h1 id="agent-name" class="branch">
            <bdi>{oneLine(agent.branch)}</bdi>
          </h1>
          <span class="agent-status">
            <Dot status={agent.status} />
            <StatusWord status={agent.status} />
            <span class="faint">
              <Since at={agent.status_since} />
            </span>
          </span>
          <Actions agent={agent} />
        </div>
        <Facts agent={agent} />
        <Views agent={agent} open={tab} />
      </header>
      <QuestionPanel agent={agent} whole isOpen />
      <Reason agent={agent} />
      {wide.value && tab !== "talk" ? (
        <div class="agent-body split">
          <TalkView agent={agent} />
          <div>
            <View agent={agent} tab={tab} />
          </div>
        </div>
      ) : (
        <div class="agent-body">
          <View agent={agent} tab={tab} />
        </div>
      )}
    </article>
  );
}

function View({ agent, tab }: { readonly agent: Agent; readonly tab: AgentTab }) {
  switch (tab) {
    case "terminal":
      // One that has moved has another terminal.
      return <TerminalView key={hostOf(agent)} agent={agent} />;
    case "diff":
      return <DiffView agent={agent} />;
    case "about":
      return <AboutView agent={agent} />;
    default:
      return <TalkView agent={agent} />;
  }
}

/** Why it cannot go on, where that is no question. */
function Reason({ agent }: { readonly agent: Agent }) {
  if (!needsUser(agent) || agent.status === "waiting" || agent.reason === null) return null;
  return (
    <p class="reason">
      <bdi>{shown(agent.reason)}</bdi>
    </p>
  );
}

function Facts({ agent }: { readonly agent: Agent }) {
  const { cost } = agent;
  const host = hostOf(agent);
  const tokens = Object.values(cost?.tokens ?? {}).reduce((sum, count) => sum + count, 0);
  return (
    <p class="facts">
      <span>{agent.agent}</span>
      <bdi title={agent.repo}>{oneLine(lastPart(agent.repo))}</bdi>
      <bdi title="batch">{oneLine(agent.batch_id)}</bdi>
      {agent.ticket !== undefined && <Away url={agent.ticket.url} text={oneLine(agent.ticket.key)} />}
      {host !== undefined && <bdi title="host">{oneLine(host)}</bdi>}
      <Made agent={agent} />
      <PullRequest agent={agent} />
      {cost?.usd != null && <span>{money(cost.usd)}</span>}
      {tokens > 0 && <span>{amount(tokens)} tokens</span>}
      {agent.cpu_percent !== null && <span>{agent.cpu_percent}% CPU</span>}
      {agent.memory_bytes !== null && <span>{memory(agent.memory_bytes)}</span>}
      <span>
        started <Since at={agent.created_at} /> ago
      </span>
    </p>
  );
}

const views: readonly { readonly tab: AgentTab; readonly label: string; readonly key: string }[] = [
  { tab: "talk", label: "Conversation", key: "l" },
  { tab: "terminal", label: "Terminal", key: "t" },
  { tab: "diff", label: "Changes", key: "d" },
  { tab: "about", label: "Details", key: "o" },
];

function Views({ agent, open }: { readonly agent: Agent; readonly open: AgentTab }) {
  return (
    <nav class="views" aria-label="Views of this agent">
      {views.map(({ tab, label, key }) => (
        <a
          key={tab}
          href={address({ at: "agent", id: agent.id, tab })}
          aria-current={tab === open ? "page" : undefined}
          title={`Key ${key}`}
        >
          {label}
          {tab === "diff" && agent.changes !== null && agent.changes.files > 0 && (
            <span class="count">{agent.changes.files}</span>
          )}
        </a>
      ))}
    </nav>
  );
}

function Actions({ agent }: { readonly agent: Agent }) {
  const { status } = agent;
  const what = { repo: agent.repo, branches: [agent.branch] };
  const runs = !hasEnded(agent);
  return (
    <div class="actions" role="toolbar" aria-label="With this agent">
      {can("interrupt") && status === "working" && (
        <Action label="Interrupt" keys="i" run={() => void interruptAgents([agent])} />
      )}
      {can("resume") && !runs && <Action label="Resume" keys="r" run={() => void resumeAgents([agent])} />}
      {can("stop") && runs && <Action label="Stop" keys="s" run={() => void stopAgents([agent])} />}
      {can("test") && <Action label="Test" keys="T" run={() => void testAgents(what)} />}
      {can("merge") && <Action label="Merge" keys="m" run={() => show({ is: "merge", what })} />}
      {can("pr") && <Action label="Pull request" keys="P" run={() => show({ is: "pr", what })} />}
      {can("compare") && <Action label="Compare" keys="v" run={() => compareAgents([agent])} />}
      {can("kill") && <Action label="Kill" keys="Delete" danger run={() => void killAgents([agent])} />}
    </div>
  );
}

interface ActionProps {
  readonly label: string;
  readonly keys: string;
  readonly danger?: boolean;
  readonly run: () => void;
}

function Action({ label, keys, danger = false, run }: ActionProps) {
  return (
    <button type="button" class={danger ? "danger" : ""} onClick={run} title={`Key ${keysInWords(keys)}`}>
      {label}
    </button>
  );
}
