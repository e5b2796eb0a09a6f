import { useState } from "preact/hooks";
import { Segments, submitted } from "../parts/form.tsx";
import { startForTickets } from "../state/tickets.ts";
import { MachineChoice } from "./machine-choice.tsx";

const ways = [
  { value: "name", label: "Name" },
  { value: "query", label: "Query" },
] as const;

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
    <form class="ticket-form" onSubmit={submitted(() => void start())}>
      <Segments legend="Start agents for tickets by" name="tickets-by" choices={ways} value={by} choose={setBy} />
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
