import { memo } from "preact/compat";
import { connection } from "../connection/events.ts";
import { Segments } from "../parts/form.tsx";
import { Dot, Made, Since, StatusWord } from "../parts/status.tsx";
import { agentsKnown, batches, hostOf, ordered, stageOf, stages } from "../state/agents.ts";
import { filter, focused, listed, tick, ticked } from "../state/chosen.ts";
import { grouping } from "../state/preferences.ts";
import { address, route } from "../state/route.ts";
import type { Agent } from "../wire.ts";
import { counted, lastPart, money, oneLine } from "../words.ts";
import { Blank, Loading } from "./conditions.tsx";
import { TickedBar } from "./ticked-bar.tsx";

/** The agents, who needs the user first; or by batch. */
export function AgentList() {
  return (
    <aside class="list" aria-label="Agents">
      <div class="list-head">
        <input
          type="search"
          data-filter
          placeholder="Filter  /"
          aria-label="Filter the agents"
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
          }}
        />
        <Grouping />
      </div>
      <div class="list-body">
        <Groups />
      </div>
      <TickedBar />
    </aside>
  );
}

const groupings = [
  { value: "need", label: "Need" },
  { value: "batch", label: "Batch" },
] as const;

function Grouping() {
  const group = (by: "need" | "batch") => {
    grouping.value = by;
  };
  return <Segments legend="Group by" name="grouping" choices={groupings} value={grouping.value} choose={group} />;
}

interface Group {
  readonly key: string;
  readonly title: string;
  readonly note: string;
  readonly tone: string;
  readonly agents: readonly Agent[];
}

function Groups() {
  if (!agentsKnown.value) {
    return connection.value.is === "lost" ? <Blank title="Not known yet" /> : <Loading what="the agents" lines={8} />;
  }
  if (ordered.value.length === 0) {
    return (
      <Blank icon="fleet" title="No agents yet">
        Each works on a branch and in a worktree of its own.
      </Blank>
    );
  }
  if (listed.value.length === 0) return <Blank icon="search" title="No agent is like that" />;
  const groups = grouping.value === "need" ? byStage() : byBatch();
  const severalRepositories = new Set(ordered.value.map(({ repo }) => repo)).size > 1;
  return groups.map(({ key, title, note, tone, agents }) => (
    <section key={key} class={`group ${filter.value === "" ? `group-${key}` : ""}`} aria-labelledby={`group-${key}`}>
      <h2 id={`group-${key}`} class={tone}>
        <bdi>{title}</bdi> <span class="group-note">{note}</span>
      </h2>
      <ul>
        {agents.map((agent) => (
          <Row key={agent.id} agent={agent} withRepository={severalRepositories} />
        ))}
      </ul>
    </section>
  ));
}

const stageTones = { need: "attention", work: "busy", idle: "calm", unknown: "faint", stopped: "faint" } as const;

function byStage(): Group[] {
  return stages.flatMap((stage) => {
    const agents = listed.value.filter((agent) => stageOf(agent) === stage);
    if (agents.length === 0) return [];
    return [{ key: stage.name, title: stage.title, note: String(agents.length), tone: stageTones[stage.name], agents }];
  });
}

function byBatch(): Group[] {
  const visible = new Set(listed.value);
  return batches.value.flatMap(({ name, agents }, index) => {
    const members = agents.filter((agent) => visible.has(agent));
    const need = members.filter((agent) => stageOf(agent).name === "need").length;
    const note = need === 0 ? counted(members.length, "agent") : `${members.length}, ${need} in need`;
    return members.length === 0
      ? []
      : [{ key: String(index), title: oneLine(name), note, tone: need > 0 ? "attention" : "faint", agents: members }];
  });
}

interface RowProps {
  readonly agent: Agent;
  readonly withRepository: boolean;
}

/** Drawn again only when its own agent changes. */
const Row = memo(({ agent, withRepository }: RowProps) => {
  const { id, branch, status, status_since, repo, cost } = agent;
  const host = hostOf(agent);
  const isOpen = route.value.at === "agent" && route.value.id === id;
  return (
    <li class={`row ${ticked.value.has(id) ? "ticked" : ""}`}>
      <input
        type="checkbox"
        class="tick"
        checked={ticked.value.has(id)}
        aria-label={`Tick ${oneLine(branch)}`}
        onChange={() => tick(id)}
      />
      <a
        href={address({ at: "agent", id, tab: route.value.at === "agent" ? route.value.tab : "talk" })}
        data-row={id}
        aria-current={isOpen ? "true" : undefined}
        onFocus={() => {
          focused.value = id;
        }}
      >
        <span class="row-first">
          <Dot status={status} />
          <bdi class="branch">{oneLine(branch)}</bdi>
          <span class="row-since">
            <Since at={status_since} />
          </span>
        </span>
        <span class="row-second">
          <StatusWord status={status} />
          <bdi class="row-why">{whyOf(agent)}</bdi>
        </span>
        <span class="row-third">
          <span>{agent.agent}</span>
          {withRepository && <bdi>{oneLine(lastPart(repo))}</bdi>}
          {agent.ticket !== undefined && <bdi>{oneLine(agent.ticket.key)}</bdi>}
          {host !== undefined && <bdi title="Host">{oneLine(host)}</bdi>}
          <Made agent={agent} />
          {agent.pull_request?.number != null && (
            <span>
              #{agent.pull_request.number} {agent.pull_request.state}
            </span>
          )}
          {cost?.usd != null && <span>{money(cost.usd)}</span>}
        </span>
      </a>
    </li>
  );
});

/** What it asks or what went wrong; else what it said last, or what it is at. */
function whyOf({ reason, last_words, task }: Agent): string {
  return oneLine(reason ?? (last_words === null || last_words === "" ? task : last_words));
}
