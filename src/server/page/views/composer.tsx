import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { submitted } from "../parts/form.tsx";
import { Icon } from "../parts/icon.tsx";
import { promptAgents } from "../state/actions.ts";
import type { Agent } from "../wire.ts";

interface ComposerProps {
  readonly agent: Agent;
  readonly sent: () => void;
}

/** What was being written to each agent stays when another one is looked at. */
const drafts = new Map<string, string>();

/** Where an agent is told something. */
export function Composer({ agent, sent }: ComposerProps) {
  const [text, write] = useState(drafts.get(agent.id) ?? "");
  const [sending, setSending] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const setText = (next: string) => {
    drafts.set(agent.id, next);
    write(next);
  };
  useLayoutEffect(() => {
    const own = field.current;
    if (own === null) return;
    own.style.height = "auto";
    own.style.height = `${Math.min(own.scrollHeight, 320)}px`;
  }, [text]);
  const send = async (interrupt = false) => {
    if (text.trim() === "" || sending) return;
    setSending(true);
    if (await promptAgents([agent], text, interrupt)) setText("");
    setSending(false);
    sent();
  };
  const works = agent.status === "working";
  return (
    <form class="composer" onSubmit={submitted(() => void send())}>
      <textarea
        ref={field}
        data-composer
        rows={1}
        aria-label={`Prompt for ${agent.branch}`}
        placeholder={works ? "Taken when this turn is over" : "Tell it what to do next"}
        value={text}
        disabled={sending}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          void send(event.ctrlKey || event.metaKey);
        }}
      />
      {works && (
        <button type="button" class="quiet" disabled={text.trim() === "" || sending} onClick={() => void send(true)}>
          Interrupt and send
        </button>
      )}
      <button type="submit" class="primary icon-button" disabled={text.trim() === "" || sending} aria-label="Send">
        <Icon name="send" />
      </button>
    </form>
  );
}
