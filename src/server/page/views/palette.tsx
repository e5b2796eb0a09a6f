import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.tsx";
import { Dot, StatusWord } from "../parts/status.tsx";
import { answerAgent } from "../state/actions.ts";
import { type Activity, activities, cancel } from "../state/activity.ts";
import { ordered, questionOf } from "../state/agents.ts";
import { current } from "../state/chosen.ts";
import { commands, meantInWords } from "../state/commands.ts";
import { close } from "../state/dialogs.ts";
import { keysInWords } from "../state/keyboard.ts";
import { open } from "../state/route.ts";
import { can } from "../state/server.ts";
import type { Agent } from "../wire.ts";
import { oneLine } from "../words.ts";

interface Entry {
  readonly key: string;
  readonly text: string;
  readonly agent?: Agent;
  readonly keys?: string | undefined;
  readonly note?: string;
  readonly run: () => void;
}

const mostShown = 40;

/** Everything by its name: an agent to open, or something to do with those that are meant. */
export function Palette() {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const all = useMemo(entries, []);
  const found = useMemo(() => matching(all, words), [words]);
  const chosen = found[Math.min(at, found.length - 1)];
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, words]);
  const take = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    close();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((before) => (Math.min(before, found.length - 1) + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      take(chosen);
    }
  };
  return (
    <Dialog title="Find an agent or a command" class="palette" bare>
      <input
        type="text"
        data-first
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={chosen === undefined ? undefined : `palette-${chosen.key}`}
        aria-label="Find an agent or a command"
        placeholder="An agent, or what to do"
        autocomplete="off"
        spellcheck={false}
        value={words}
        onInput={(event) => {
          setWords(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-list" class="found" role="listbox" aria-label="Found" ref={list}>
        {found.map((entry) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field above, as a listbox has them.
          <div
            key={entry.key}
            id={`palette-${entry.key}`}
            role="option"
            aria-selected={entry === chosen}
            tabIndex={-1}
            onClick={() => take(entry)}
          >
            {entry.agent !== undefined && <Dot status={entry.agent.status} />}
            <bdi class={entry.agent === undefined ? "" : "branch"}>{entry.text}</bdi>
            {entry.agent !== undefined && <StatusWord status={entry.agent.status} />}
            {entry.note !== undefined && entry.note !== "" && <bdi class="palette-note">{entry.note}</bdi>}
            {entry.keys !== undefined && <kbd>{keysInWords(entry.keys)}</kbd>}
          </div>
        ))}
      </div>
      {found.length === 0 && <p class="palette-none">Nothing is called that.</p>}
    </Dialog>
  );
}

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/** What one can answer and take back at this moment, what one can do, and the agents. */
function entries(): Entry[] {
  const about = oneLine(meantInWords());
  return [
    ...answersOf(current.value),
    ...activities.value.flatMap(ofActivity),
    ...commands
      .filter((command) => command.isListed !== false && command.can())
      .map(({ title, keys, onMeant, run }, index) => ({
        key: `command-${index}`,
        text: title,
        keys,
        note: onMeant === true ? about : "",
        run,
      })),
    ...ordered.value.map((agent) => ({
      key: agent.id,
      text: oneLine(agent.branch),
      agent,
      note: oneLine(agent.task),
      run: () => open({ at: "agent", id: agent.id, tab: "talk" }),
    })),
  ];
}

function answersOf(agent: Agent | undefined): Entry[] {
  if (agent === undefined || !can("answer")) return [];
  return (questionOf(agent)?.choices ?? []).map((choice, index) => ({
    key: `answer-${index}`,
    text: `Answer: ${oneLine(choice)}`,
    keys: index < 9 ? String(index + 1) : undefined,
    note: oneLine(agent.branch),
    run: () => void answerAgent(agent, choice),
  }));
}

function ofActivity(activity: Activity): Entry[] {
  const { id, title, state, undo } = activity;
  const text = oneLine(title);
  if (state === "running") return [{ key: `cancel-${id}`, text: `Cancel: ${text}`, run: () => void cancel(activity) }];
  return undo === undefined ? [] : [{ key: `undo-${id}`, text: `${undo.label}: ${text}`, run: undo.run }];
}

/** All words must be in it; what begins with them comes first. */
function matching(all: readonly Entry[], text: string): readonly Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return all.slice(0, mostShown);
  const found = all.filter((entry) => {
    const own =
      `${entry.text} ${entry.agent === undefined ? "" : entry.note} ${entry.agent?.status ?? ""}`.toLowerCase();
    return words.every((word) => own.includes(word));
  });
  const begins = (entry: Entry) => (entry.text.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  return found.sort((one, other) => begins(one) - begins(other)).slice(0, mostShown);
}
