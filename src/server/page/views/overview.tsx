import { Dot, Since, StatusWord } from "../parts/status.tsx";
import { compareAgents, resumeAgents, showOverlap } from "../state/actions.ts";
import { agentsKnown, type Batch, batches, inNeed, ordered, type Stage, stageOf, stages } from "../state/agents.ts";
import { show } from "../state/dialogs.ts";
import { hasEnded } from "../state/ended.ts";
import { keysInWords } from "../state/keyboard.ts";
import { address } from "../state/route.ts";
import { can } from "../state/server.ts";
import type { Agent } from "../wire.ts";
import { amount, counted, lastPart, memory, money, oneLine, shown } from "../words.ts";
import { Blank, Loading } from "./conditions.tsx";
import { QuestionPanel } from "./question-panel.tsx";

/** Nobody reads more at once. */
const mostCards = 24;
/** To read a question from a screen costs the server a look. */
const mostRead = 8;

/** What a person sees first: who needs them and why, ready to be answered; then how the rest is doing. */
export function Overview() {
  if (!agentsKnown.value) return <Loading what="the fleet" />;
  if (ordered.value.length === 0) return <NoAgents />;
  return (
    <div class="overview">
      <h1>{headline()}</h1>
      <Totals />
      <ul class="needs">
        {inNeed.value.slice(0, mostCards).map((agent, index) => (
          <Need key={agent.id} agent={agent} whole={index < mostRead} />
        ))}
      </ul>
      {inNeed.value.length > mostCards && (
        <p class="faint more">and {inNeed.value.length - mostCards} more, in the list; n goes from one to the next</p>
      )}
      <Batches />
    </div>
  );
}

function NoAgents() {
  return (
    <Blank icon="branch" title="Start your first agent">
      <p>It gets a branch, a worktree and a terminal of its own, and works on what you tell it.</p>
      {can("create") && (
        <p>
          <button type="button" class="primary" onClick={() => show({ is: "new", kind: "one" })}>
            New agent <kbd>{keysInWords("c")}</kbd>
          </button>
        </p>
      )}
      <p>
        Or from a terminal: <code>fleet create fix-42 -p "write a failing test for #42"</code>
      </p>
    </Blank>
  );
}

function headline(): string {
  const need = inNeed.value.length;
  if (need > 0) return need === 1 ? "1 agent needs you" : `${need} agents need you`;
  const working = ordered.value.filter((agent) => stageOf(agent).name === "work").length;
  return working === 0 ? "Nobody needs you" : `Nobody needs you, ${working} at work`;
}

function Totals() {
  const agents = ordered.value;
  const cpu = agents.reduce((sum, { cpu_percent }) => sum + (cpu_percent ?? 0), 0);
  const bytes = agents.reduce((sum, { memory_bytes }) => sum + (memory_bytes ?? 0), 0);
  const usd = agents.reduce((sum, { cost }) => sum + (cost?.usd ?? 0), 0);
  const tokens = agents.reduce(
    (sum, { cost }) => sum + Object.values(cost?.tokens ?? {}).reduce((a, b) => a + b, 0),
    0,
  );
  return (
    <dl class="totals">
      {stages
        .map((stage) => ({ stage, count: agents.filter((agent) => stageOf(agent) === stage).length }))
        .filter(({ count }) => count > 0)
        .map(({ stage, count }) => (
          <Total key={stage.name} name={stage.title} value={String(count)} />
        ))}
      {usd > 0 && <Total name="Cost" value={money(usd)} />}
      {tokens > 0 && <Total name="Tokens" value={amount(tokens)} />}
      <Total name="CPU" value={`${Math.round(cpu)}%`} />
      <Total name="Memory" value={memory(bytes)} />
    </dl>
  );
}

function Total({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Need({ agent, whole }: { readonly agent: Agent; readonly whole: boolean }) {
  return (
    <li class={`need ${agent.status === "waiting" ? "attention" : "alarm"}`}>
      <div class="need-head">
        <Dot status={agent.status} />
        <a class="branch" href={address({ at: "agent", id: agent.id, tab: "talk" })}>
          <bdi>{oneLine(agent.branch)}</bdi>
        </a>
        <StatusWord status={agent.status} />
        <span class="faint">
          <Since at={agent.status_since} />
        </span>
        <bdi class="need-task">{oneLine(agent.task)}</bdi>
      </div>
      {agent.status === "waiting" ? (
        <QuestionPanel agent={agent} whole={whole} />
      ) : (
        <div class="need-reason">
          <bdi>{shown(agent.reason ?? "It cannot go on.")}</bdi>
          {can("resume") && hasEnded(agent) && (
            <button type="button" onClick={() => void resumeAgents([agent])}>
              Resume
            </button>
          )}
        </div>
      )}
    </li>
  );
}

function Batches() {
  const several = batches.value.filter(({ agents }) => agents.length > 1);
  if (several.length === 0) return null;
  return (
    <section class="batches" aria-labelledby="batches">
      <h2 id="batches">Batches</h2>
      <ul>
        {several.map((batch) => (
          <BatchLine key={`${batch.repo} ${batch.name}`} batch={batch} />
        ))}
      </ul>
    </section>
  );
}

function stageWord({ name, title }: Stage, count: number): string {
  return name === "need" && count > 1 ? "need you" : title.toLowerCase();
}

function BatchLine({ batch }: { readonly batch: Batch }) {
  const { name, repo, agents } = batch;
  const counts = stages.map((stage) => ({ stage, count: agents.filter((agent) => stageOf(agent) === stage).length }));
  const words = counts
    .filter(({ count }) => count > 0)
    .map(({ stage, count }) => `${count} ${stageWord(stage, count)}`);
  return (
    <li class="batch">
      <div class="batch-head">
        <bdi class="branch">{oneLine(name)}</bdi>
        <span class="faint">
          {lastPart(repo)} · {counted(agents.length, "agent")}
        </span>
      </div>
      <svg class="bar" viewBox={`0 0 ${agents.length} 1`} preserveAspectRatio="none" aria-hidden="true">
        {counts.map(({ stage, count }, index) => {
          const before = counts.slice(0, index).reduce((sum, each) => sum + each.count, 0);
          return <rect key={stage.name} class={stage.name} x={before} width={count} height="1" />;
        })}
      </svg>
      <div class="batch-foot">
        <span class="faint">{words.join(", ")}</span>
        {can("prompt") && (
          <button type="button" class="quiet" onClick={() => show({ is: "prompt", agents })}>
            Prompt all
          </button>
        )}
        {can("compare") && (
          <button type="button" class="quiet" onClick={() => compareAgents(agents)}>
            Compare
          </button>
        )}
        {can("overlap") && (
          <button type="button" class="quiet" onClick={() => showOverlap(agents)}>
            Overlap
          </button>
        )}
      </div>
    </li>
  );
}
