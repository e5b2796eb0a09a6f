import { useMemo, useState } from "preact/hooks";
import { connection } from "../connection/events.ts";
import { useRow } from "../connection/use-row.ts";
import { Segments } from "../parts/form.tsx";
import { can } from "../state/server.ts";
import type { Rows } from "../wire.ts";
import { amount, lastPart, money, oneLine } from "../words.ts";
import { Budgets } from "./budgets.tsx";
import { Blank, Loading, NotSeen, Trouble } from "./conditions.tsx";

type Cost = Rows["cost"]["answer"];
type By = Cost["by"];

const groupings = (["agent", "batch", "model", "day", "ticket", "repo"] as const).map((by) => ({
  value: by,
  label: by,
}));
const periods = [
  { value: undefined, label: "All time" },
  { value: 7, label: "7 days" },
  { value: 1, label: "24 hours" },
] as const;

/** What the agents have used, in money and tokens, killed ones too. */
export function CostPage() {
  const [by, setBy] = useState<By>("agent");
  const [days, setDays] = useState<number | undefined>(undefined);
  const { answer: cost, error, again } = useCost(by, days);
  return (
    <div class="cost">
      <div class="page-head">
        <h1>Cost</h1>
        <Segments legend="Add up by" name="by" choices={groupings} value={by} choose={setBy} />
        <Segments legend="Since" name="since" choices={periods} value={days} choose={setDays} />
      </div>
      {error !== undefined && <Trouble title="The cost cannot be read" error={error} again={again} />}
      {cost === undefined && error === undefined && <Loading what="the cost" lines={6} />}
      {cost !== undefined && <CostTable cost={cost} />}
      {can("budget") && <Budgets />}
    </div>
  );
}

/** What was used in the last days: counted back from when it was chosen, or the server was there again. */
function useCost(by: By, days: number | undefined) {
  const changing = [connection.value.is];
  const since = useMemo(
    () => (days === undefined ? {} : { since: new Date(Date.now() - days * 86_400_000).toISOString() }),
    [days, ...changing],
  );
  return useRow("cost", { by, all_repositories: true, ...since }, { changing });
}

function CostTable({ cost }: { readonly cost: Cost }) {
  const { rows, total, by } = cost;
  if (rows.length === 0) {
    return (
      <Blank icon="cost" title="Nothing was used yet">
        Tokens and money are counted from what each agent writes down.
      </Blank>
    );
  }
  const most = Math.max(...rows.map((row) => row.usd ?? 0));
  const mostTokens = Math.max(1, ...rows.map(tokensOf));
  const shareOf = (row: Row) => (most > 0 ? (row.usd ?? 0) / most : tokensOf(row) / mostTokens);
  return (
    <>
      <Totals total={total} />
      <Quotas cost={cost} />
      <div class="table-frame">
        <table>
          <TableHead by={by} />
          <tbody>
            {rows.map((row, index) => (
              <CostRow key={index} row={row} by={by} share={shareOf(row)} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="faint">Prices of {cost.prices_date}. A model without a known price has tokens and no money.</p>
      <NotSeen agents={cost.problems} />
    </>
  );
}

function Totals({ total }: { readonly total: Cost["total"] }) {
  const facts = {
    Total: moneyOf(total),
    Tokens: amount(tokensOf(total)),
    Replies: amount(total.replies),
    Agents: total.agents,
  };
  return (
    <dl class="totals">
      {Object.entries(facts).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function TableHead({ by }: { readonly by: By }) {
  const columns = [...(by === "agent" ? [] : ["agents"]), "input", "output", "tokens", "cost"];
  return (
    <thead>
      <tr>
        <th scope="col">{by}</th>
        {columns.map((column) => (
          <th key={column} scope="col" class="right">
            {column}
          </th>
        ))}
        <th scope="col" class="bar-cell">
          <span class="unseen">share</span>
        </th>
      </tr>
    </thead>
  );
}

interface CostRowProps {
  readonly row: Cost["rows"][number];
  readonly by: By;
  /** Of what the dearest row is, 0 to 1. */
  readonly share: number;
}

function CostRow({ row, by, share }: CostRowProps) {
  return (
    <tr>
      <th scope="row">
        <bdi>{keyOf(row, by)}</bdi>
      </th>
      {by !== "agent" && <td class="right">{row.agents}</td>}
      <td class="right">{amount(tokensOf(row) - outputOf(row))}</td>
      <td class="right">{amount(outputOf(row))}</td>
      <td class="right">{amount(tokensOf(row))}</td>
      <td class="right">{moneyOf(row)}</td>
      <td class="bar-cell">
        <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
          <rect class="work" height="1" width={share * 100} />
        </svg>
      </td>
    </tr>
  );
}

function Quotas({ cost }: { readonly cost: Cost }) {
  if (cost.quotas.length === 0) return null;
  return (
    <ul class="quotas">
      {cost.quotas.flatMap(({ agent, plan, windows }) =>
        windows.map(({ minutes, used_percent, resets_at }) => (
          <li key={`${agent} ${minutes}`}>
            <span>
              {agent} {plan},{" "}
              {minutes >= 1440 ? `${Math.round(minutes / 1440)} days` : `${Math.round(minutes / 60)} hours`}
            </span>
            <meter min={0} max={100} value={used_percent} aria-label={`Used of what ${agent} may use`} />
            <span class="faint">
              {Math.round(used_percent)}%, anew at {new Date(resets_at).toLocaleString()}
            </span>
          </li>
        )),
      )}
    </ul>
  );
}

type Row = Cost["rows"][number] | Cost["total"];

function tokensOf({ tokens }: Row): number {
  return Object.values(tokens).reduce((sum, count) => sum + count, 0);
}

function outputOf({ tokens }: Row): number {
  return Object.entries(tokens).reduce((sum, [kind, count]) => (kind.includes("output") ? sum + count : sum), 0);
}

function moneyOf({ usd, at_least, subscription }: Row): string {
  if (usd === null) return "not known";
  return `${at_least ? "≥ " : ""}${money(usd)}${subscription ? " *" : ""}`;
}

function keyOf(row: Cost["rows"][number], by: By): string {
  const key = String(row[by] ?? row.branch ?? row.batch_id ?? "");
  return oneLine(by === "repo" ? lastPart(key) : key);
}
