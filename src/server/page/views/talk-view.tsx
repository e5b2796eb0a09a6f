import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { call } from "../connection/call.ts";
import { connection } from "../connection/events.ts";
import { Icon } from "../parts/icon.tsx";
import { MessageText } from "../parts/message-text.tsx";
import { Since } from "../parts/status.tsx";
import { can } from "../state/server.ts";
import type { Agent, Log, Part } from "../wire.ts";
import { oneLine, shown } from "../words.ts";
import { Composer } from "./composer.tsx";
import { Blank, Loading, Trouble } from "./conditions.tsx";

const firstLines = 400;
const moreLines = 2000;
/** While an agent is at work its record grows without its status changing. */
const refreshWorking = 1500;

/** What the agent was told, said and did; and the place to tell it more. */
export function TalkView({ agent }: { readonly agent: Agent }) {
  const [count, setCount] = useState(firstLines);
  const { log, error, again } = useLog(agent, count);
  return (
    <div class="talk">
      <Transcript
        log={log}
        error={error}
        again={again}
        agent={agent}
        more={() => setCount((lines) => lines + moreLines)}
      />
      {can("prompt") && <Composer agent={agent} sent={again} />}
    </div>
  );
}

interface LoadedLog {
  readonly log: Log | undefined;
  readonly error: Error | undefined;
  readonly again: () => void;
}

/** The end of the record, read again when something about the agent has changed, and now and then while it works. */
function useLog(agent: Agent, lines: number): LoadedLog {
  const [log, setLog] = useState<Log>();
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  const { branch, repo, status, status_since, last_words } = agent;
  useEffect(() => {
    const own = { wanted: true };
    call("logs", { targets: [branch], lines }, { directory: repo }).then(
      ({ agents: [first] }) => {
        if (!own.wanted) return;
        setLog((before) => (same(before, first) ? before : first));
        setError(undefined);
      },
      (reason: Error) => own.wanted && setError(reason),
    );
    return () => {
      own.wanted = false;
    };
  }, [branch, repo, lines, status, status_since, last_words, turn, connection.value.is]);
  useEffect(() => {
    if (status !== "working") return;
    const timer = setInterval(
      () => document.visibilityState === "visible" && setTurn((count) => count + 1),
      refreshWorking,
    );
    return () => clearInterval(timer);
  }, [status]);
  return { log, error, again: () => setTurn((count) => count + 1) };
}

function same(one: Log | undefined, other: Log | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

interface TranscriptProps {
  readonly log: Log | undefined;
  readonly error: Error | undefined;
  readonly again: () => void;
  readonly more: () => void;
  readonly agent: Agent;
}

function Transcript({ log, error, again, more, agent }: TranscriptProps) {
  const scroller = useRef<HTMLDivElement>(null);
  useStayAtEnd(scroller, log);
  if (error !== undefined && log === undefined) {
    return <Trouble title="The conversation cannot be read" error={error} again={again} />;
  }
  if (log === undefined) return <Loading what="the conversation" lines={6} />;
  const isEmpty = log.lines.every((line) => line.trim() === "") && (log.conversation ?? []).length === 0;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <div class="transcript" ref={scroller} role="log" aria-label="Conversation" tabIndex={0}>
      {log.lines.length >= firstLines && (
        <button type="button" class="quiet earlier" onClick={more}>
          Earlier
        </button>
      )}
      {isEmpty && (
        <Blank title="Nothing was said yet">
          {agent.prompt !== "" && <bdi>It was asked: {oneLine(agent.prompt)}</bdi>}
        </Blank>
      )}
      {log.conversation === undefined ? (
        <Screen lines={log.lines} />
      ) : (
        <Conversation parts={log.conversation} worktree={agent.worktree} />
      )}
    </div>
  );
}

/** Keeps the newest in view, unless somebody scrolled up to read. */
function useStayAtEnd(scroller: { readonly current: HTMLDivElement | null }, log: Log | undefined): void {
  const atEnd = useRef(true);
  useEffect(() => {
    const own = scroller.current;
    const note = () => {
      if (own !== null) atEnd.current = own.scrollHeight - own.scrollTop - own.clientHeight < 40;
    };
    own?.addEventListener("scroll", note, { passive: true });
    return () => own?.removeEventListener("scroll", note);
  }, [log === undefined]);
  useLayoutEffect(() => {
    if (atEnd.current) scroller.current?.scrollTo(0, scroller.current.scrollHeight);
  }, [log]);
}

/** Where an agent keeps no record that can be read: what its terminal has shown. */
function Screen({ lines }: { readonly lines: readonly string[] }) {
  const text = shown(lines.join("\n")).replace(/\s+$/, "");
  return text === "" ? null : <pre class="screen">{text}</pre>;
}

interface ConversationProps {
  readonly parts: readonly Part[];
  readonly worktree: string;
}

function Conversation({ parts, worktree }: ConversationProps) {
  return (
    <ol class="messages">
      {grouped(parts).map((group, index) =>
        group.by === "tools" ? (
          <Tools key={index} tools={group.tools} worktree={worktree} />
        ) : (
          <li key={index} class={`message by-${group.part.by}`}>
            <p class="message-by">
              {speakers[group.part.by]}
              {group.part.at !== undefined && (
                <span class="faint">
                  <Since at={group.part.at} />
                </span>
              )}
            </p>
            <div class="message-text" dir="auto">
              <MessageText text={group.part.text} />
            </div>
          </li>
        ),
      )}
    </ol>
  );
}

const speakers = { user: "You", agent: "Agent", error: "Error" } as const;

type Tool = Extract<Part, { by: "tool" }>;
type Said = Exclude<Part, Tool>;
type Group = { readonly by: "said"; readonly part: Said } | { readonly by: "tools"; readonly tools: Tool[] };

function grouped(parts: readonly Part[]): Group[] {
  const groups: Group[] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    if (part.by !== "tool") groups.push({ by: "said", part });
    else if (last?.by === "tools") last.tools.push(part);
    else groups.push({ by: "tools", tools: [part] });
  }
  return groups;
}

const usuallyShown = 6;

function Tools({ tools, worktree }: { readonly tools: readonly Tool[]; readonly worktree: string }) {
  const [all, setAll] = useState(false);
  const visible = all ? tools : tools.slice(-usuallyShown);
  const hidden = tools.length - visible.length;
  return (
    <li class="tools">
      {hidden > 0 && (
        <button type="button" class="quiet" onClick={() => setAll(true)}>
          {hidden} more before
        </button>
      )}
      <ul>
        {visible.map((tool, index) => (
          <ToolLine key={index} tool={tool} worktree={worktree} />
        ))}
      </ul>
    </li>
  );
}

/** In one line; the whole of it when it is opened. */
function ToolLine({ tool, worktree }: { readonly tool: Tool; readonly worktree: string }) {
  const argument = tool.argument.replaceAll(`${worktree}/`, "");
  const line = oneLine(argument);
  const head = (
    <>
      <Icon name="tool" />
      <span class="tool-name">{tool.kind === "run" ? "$" : oneLine(tool.kind ?? tool.tool)}</span>
      <bdi class="tool-argument">{line}</bdi>
    </>
  );
  if (line.length < 90 && !argument.trim().includes("\n")) return <li class="tool">{head}</li>;
  return (
    <li class="tool">
      <details>
        <summary>{head}</summary>
        <pre>{shown(argument)}</pre>
      </details>
    </li>
  );
}
