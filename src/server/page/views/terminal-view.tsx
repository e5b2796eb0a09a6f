import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { shellWord } from "../../../system/shell.ts";
import { askForScrollback, type TerminalEvent, typeInto, watchTerminal } from "../connection/events.ts";
import { role } from "../connection/session.ts";
import type { TerminalScreen } from "../parts/terminal-screen.ts";
import { hostOf } from "../state/agents.ts";
import { keyboardWanted } from "../state/chosen.ts";
import type { Agent } from "../wire.ts";
import { oneLine, shown } from "../words.ts";
import { Blank, Loading } from "./conditions.tsx";

const linesBefore = 2000;

/** The terminal of an agent as it is at this moment: to be looked at, until somebody takes the keyboard. */
export function TerminalView({ agent }: { readonly agent: Agent }) {
  const place = useRef<HTMLDivElement>(null);
  const [typing, setTyping] = useState(false);
  const { screen, state, title, before, closeBefore } = useScreen(agent.id, place, () => setTyping(false));
  // At once: what is typed behind a click must not go to the page.
  useLayoutEffect(() => screen.current?.setTyping(typing), [typing]);
  useEffect(() => {
    if (state.is !== "shown" || keyboardWanted.value !== agent.id) return;
    keyboardWanted.value = undefined;
    setTyping(true);
  }, [state.is, keyboardWanted.value]);
  const ended = state.is === "ended";
  const host = hostOf(agent);
  return (
    <div class={`terminal ${typing ? "typing" : ""}`}>
      <div class="terminal-bar">
        <bdi class="terminal-title">{oneLine(title)}</bdi>
        {host !== undefined && <span class="faint">on {oneLine(host)}</span>}
        <button type="button" class="quiet" onClick={() => askForScrollback(agent.id, linesBefore)} disabled={ended}>
          Earlier output
        </button>
        {role.value === "owner" && (
          <button type="button" class={typing ? "primary" : ""} onClick={() => setTyping(!typing)} disabled={ended}>
            {typing ? "Release the keyboard" : "Take the keyboard"}
          </button>
        )}
      </div>
      {typing && (
        <p class="terminal-note" role="status">
          What you type goes to {oneLine(agent.branch)}. Ctrl ] gives the keyboard back.
        </p>
      )}
      {before !== undefined && <Before lines={before} close={closeBefore} />}
      {state.is === "loading" && <Loading what="the terminal" />}
      {state.is === "ended" && (
        <Blank icon="terminal" title="It has no terminal now">
          <p>{shown(state.reason)}</p>
          {host !== undefined && <pre class="command">fleet attach {shellWord(oneLine(agent.branch))}</pre>}
        </Blank>
      )}
      <div class="terminal-frame" hidden={state.is !== "shown"}>
        <div ref={place} class="terminal-screen" data-terminal={typing ? "typing" : undefined} />
      </div>
    </div>
  );
}

function Before({ lines, close }: { readonly lines: readonly string[]; readonly close: () => void }) {
  return (
    <section class="terminal-before" aria-label="Earlier output">
      <button type="button" class="quiet" onClick={close}>
        Hide
      </button>
      <pre>{shown(lines.join("\n")) || "There is nothing above the screen."}</pre>
    </section>
  );
}

type State = { readonly is: "loading" | "shown" } | { readonly is: "ended"; readonly reason: string };

/** Opens a screen in the place and keeps it like the agent's terminal. */
function useScreen(id: string, place: RefObject<HTMLDivElement | null>, onRelease: () => void) {
  const screen = useRef<TerminalScreen | undefined>(undefined);
  const [state, setState] = useState<State>({ is: "loading" });
  const [title, setTitle] = useState("");
  const [before, setBefore] = useState<readonly string[]>();
  useEffect(() => {
    const own = place.current;
    if (own === null) return;
    const use = { over: false, stop: () => {} };
    const fit = () => screen.current?.fit((own.parentElement?.clientWidth ?? 0) - 24);
    const observer = new ResizeObserver(fit);
    const take = (event: TerminalEvent) => {
      switch (event.type) {
        case "terminal":
          screen.current?.show(event);
          setTitle(event.title);
          setState({ is: "shown" });
          if (event.whole) requestAnimationFrame(fit);
          return;
        case "scrollback":
          setBefore(event.lines);
          return;
        case "terminal-ended":
          setState({ is: "ended", reason: event.reason });
          onRelease();
          return;
        case "error":
          setState({ is: "ended", reason: event.message });
      }
    };
    const begin = async () => {
      const { openScreen } = await import("../parts/terminal-screen.ts");
      if (use.over) return;
      screen.current = openScreen(own, { onInput: (text) => typeInto(id, text), onRelease });
      use.stop = watchTerminal(id, take);
      if (own.parentElement !== null) observer.observe(own.parentElement);
    };
    begin().catch((error: Error) => setState({ is: "ended", reason: error.message }));
    return () => {
      use.over = true;
      use.stop();
      observer.disconnect();
      screen.current?.dispose();
      screen.current = undefined;
    };
  }, [id]);
  return { screen, state, title, before, closeBefore: () => setBefore(undefined) };
}
