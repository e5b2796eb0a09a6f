import { useState } from "preact/hooks";
import { startForTickets } from "../state/tickets.ts";
import { MachineChoice } from "./machine-choice.tsx";

/** Starts agents for tickets that are named, or that a query in the words of the tracker finds. */
export function TicketForm({ repo }: { readonly repo: string }) {
  const [by, setBy] = useState<"name" | "query">("name");
  const [text, setText] = useState("");
  const [attempts, setAttempts] = useState(1);
  const [host, setHost] = useState("");
  const start = async () => {
    if (text.trim() === "") return;
    const what = by === "query" ? { query: text.trim() } : { tickets: text.split(/[\s,]+/).filter(Boolean) };
    if (await startForTickets(repo, { ...what, attempts, ...(host === "" ? {} : { host }) })) setText("");
  };
  return (
    <form
      class="ticket-form"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <fieldset class="segments">
        <legend class="unseen">Start agents for tickets by</legend>
        <Way label="Name" checked={by === "name"} choose={() => setBy("name")} />
        <Way label="Query" checked={by === "query"} choose={() => setBy("query")} />
      </fieldset>
      <input
        type="text"
        class="mono"
        data-ticket
        aria-label={by === "name" ? "Tickets" : "Query"}
        placeholder={by === "name" ? "ENG-12, 42, or an address" : "is:open label:agent"}
        spellcheck={false}
        autocapitalize="off"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <label class="ticket-attempts">
        <span>Attempts</span>
        <input
          type="number"
          min={1}
          max={50}
          value={attempts}
          onInput={(event) => setAttempts(event.currentTarget.valueAsNumber || 1)}
        />
      </label>
      <MachineChoice value={host} change={setHost} />
      <button type="submit" class="primary" disabled={text.trim() === ""}>
        Start
      </button>
    </form>
  );
}

interface WayProps {
  readonly label: string;
  readonly checked: boolean;
  readonly choose: () => void;
}

function Way({ label, checked, choose }: WayProps) {
  return (
    <label>
      <input type="radio" name="tickets-by" checked={checked} onChange={choose} />
      <span>{label}</span>
    </label>
  );
}
