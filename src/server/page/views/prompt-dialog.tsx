import { useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.tsx";
import { Check, submitted } from "../parts/form.tsx";
import { named, promptAgents } from "../state/actions.ts";
import { close } from "../state/dialogs.ts";
import type { Agent } from "../wire.ts";
import { oneLine } from "../words.ts";

const mostNamed = 12;

/** What was written and not sent, or did not arrive everywhere: it is there again when the dialog is. */
let unsent = "";

/** One message for several agents. */
export function PromptDialog({ agents }: { readonly agents: readonly Agent[] }) {
  const [text, write] = useState(unsent);
  const setText = (next: string) => {
    unsent = next;
    write(next);
  };
  const [interrupt, setInterrupt] = useState(false);
  const send = () => {
    if (text.trim() === "") return;
    close();
    unsent = "";
    void promptAgents(agents, text, interrupt).then((arrived) => {
      if (!arrived && unsent === "") unsent = text;
    });
  };
  return (
    <Dialog title={`Prompt ${oneLine(named(agents))}`}>
      <form class="form" onSubmit={submitted(send)}>
        <textarea
          data-first
          rows={5}
          aria-label="Prompt"
          placeholder={agents.length === 1 ? "What it is to do next" : "What they are to do next"}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            send();
          }}
        />
        {agents.length > 1 && (
          <p class="names">
            {agents.slice(0, mostNamed).map(({ id, branch }) => (
              <bdi key={id} class="tag">
                {oneLine(branch)}
              </bdi>
            ))}
            {agents.length > mostNamed && <span class="faint">and {agents.length - mostNamed} more</span>}
          </p>
        )}
        <div class="form-foot">
          <Check label="Interrupt who is at work first" checked={interrupt} change={setInterrupt} />
          <button type="submit" class="primary" disabled={text.trim() === ""}>
            Send
          </button>
        </div>
      </form>
    </Dialog>
  );
}
