import { useRow } from "../connection/use-row.ts";
import { Away } from "../parts/away.tsx";
import { Dot, StatusWord } from "../parts/status.tsx";
import { agentOnBranch, workSeen } from "../state/agents.ts";
import { showTicketsOf, ticketRepository } from "../state/chosen.ts";
import { address } from "../state/route.ts";
import { can, knownRepositories } from "../state/server.ts";
import { startForTickets, ticketsChanged, writeBack } from "../state/tickets.ts";
import type { Ticket } from "../wire.ts";
import { lastPart, oneLine } from "../words.ts";
import { Blank, Loading, Trouble } from "./conditions.tsx";
import { RepositoryChoice } from "./repository-choice.tsx";
import { TicketForm } from "./ticket-form.tsx";

/** Tickets of a repository: those that somebody works on, those that wait for somebody, and those that are done. */
export function TicketsPage() {
  const repo = ticketRepository.value;
  const changing = [ticketsChanged.value, workSeen(repo)];
  const { answer, error, again } = useRow("tickets", repo === "" ? undefined : {}, { directory: repo, changing });
  const tickets = answer?.tickets ?? [];
  const withAgents = tickets.filter(({ state }) => state === "running");
  return (
    <div class="tickets">
      <div class="page-head">
        <h1>Tickets</h1>
        <RepositoryChoice value={repo} among={knownRepositories.value} change={showTicketsOf} />
        {can("ticket_sync") && withAgents.length > 0 && (
          <button type="button" onClick={() => void writeBack(repo, [])}>
            Write back to {withAgents.length === 1 ? "it" : `all ${withAgents.length}`}
          </button>
        )}
      </div>
      {can("ticket") && <TicketForm repo={repo} />}
      {answer?.failure != null && (
        <Trouble title="The open tickets cannot be read" error={answer.failure} again={again} />
      )}
      {error !== undefined && <Trouble title="The tickets cannot be read" error={error} again={again} />}
      {answer === undefined && error === undefined && repo !== "" && <Loading what="the tickets" lines={5} />}
      {answer?.failure === null && tickets.length === 0 && (
        <Blank icon="ticket" title={`No ticket has an agent in ${oneLine(lastPart(repo))}`}>
          <p>
            Name one above, as its tracker does. With <code>ticket_query</code> in the settings, the tickets that it
            finds wait here; <code>fleet help tickets</code> says what GitHub, Linear and Jira need.
          </p>
        </Blank>
      )}
      {groups.map(({ state, title }) => (
        <Group key={state} title={title} repo={repo} tickets={tickets.filter((ticket) => ticket.state === state)} />
      ))}
    </div>
  );
}

const groups = [
  { state: "running", title: "With an agent" },
  { state: "open", title: "Open" },
  { state: "done", title: "Done" },
] as const;

interface GroupProps {
  readonly title: string;
  readonly repo: string;
  readonly tickets: readonly Ticket[];
}

function Group({ title, repo, tickets }: GroupProps) {
  if (tickets.length === 0) return null;
  return (
    <section class="ticket-group" aria-label={title}>
      <h2>
        {title} <span class="group-note">{tickets.length}</span>
      </h2>
      <ul>
        {tickets.map((ticket) => (
          <TicketLine key={`${ticket.tracker} ${ticket.ticket}`} repo={repo} ticket={ticket} />
        ))}
      </ul>
    </section>
  );
}

function TicketLine({ repo, ticket }: { readonly repo: string; readonly ticket: Ticket }) {
  const { ticket: key, title, url, state, agents, pull_requests: pulls } = ticket;
  // Where its address is known it is the better name: a key can be of two trackers.
  const name = url ?? key;
  return (
    <li class="ticket">
      <div class="ticket-head">
        <Away url={url} text={oneLine(key)} />
        {title !== null && <bdi class="ticket-title">{oneLine(title)}</bdi>}
      </div>
      {agents.length + pulls.length > 0 && (
        <p class="ticket-agents">
          {agents.map(({ branch, status }) => (
            <AgentLink key={branch} repo={repo} branch={branch} status={status} />
          ))}
          {pulls.map((pull) => (
            <Away key={pull} url={pull} text={`pull request ${lastPart(pull)}`} />
          ))}
        </p>
      )}
      {state === "running"
        ? can("ticket_sync") && (
            <button type="button" onClick={() => void writeBack(repo, [name])} aria-label={`Write back to ${key}`}>
              Write back
            </button>
          )
        : can("ticket") && (
            <button
              type="button"
              class={state === "open" ? "primary" : ""}
              onClick={() => void startForTickets(repo, { tickets: [name] })}
              aria-label={`Start an agent for ${key}`}
            >
              {state === "open" ? "Start" : "Start again"}
            </button>
          )}
    </li>
  );
}

interface AgentLinkProps {
  readonly repo: string;
  readonly branch: string;
  readonly status: string;
}

/** What the list says of an agent is newer than what was asked for with the tickets. */
function AgentLink({ repo, branch, status }: AgentLinkProps) {
  const agent = agentOnBranch(repo, branch);
  const now = agent?.status ?? status;
  return (
    <span class="ticket-agent">
      <Dot status={now} />
      {agent === undefined ? (
        <bdi class="branch">{oneLine(branch)}</bdi>
      ) : (
        <a class="branch" href={address({ at: "agent", id: agent.id, tab: "talk" })}>
          {oneLine(branch)}
        </a>
      )}
      <StatusWord status={now} />
    </span>
  );
}
