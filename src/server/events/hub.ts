import { asFleetError, errorAsJson, FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { apiVersion } from "../../model/api-version.ts";
import { type ClientMessage, clientMessage } from "../../model/wire/events.ts";
import type { Role } from "../tokens.ts";
import { AgentsFeed } from "./agents-feed.ts";
import { Client, type Sink, type Source } from "./client.ts";
import { Terminals } from "./terminals.ts";

interface Named {
  /** This start of the server. */
  readonly instance: string;
  readonly version: string;
}

interface HubOptions extends Named {
  /** Looks whether the settings are still the same. */
  readonly refresh: () => Promise<void>;
}

/** Everybody who follows events, and what they follow. */
export class Hub {
  readonly #named: Named;
  readonly #clients = new Set<Client>();
  readonly #agents: AgentsFeed;
  readonly #terminals: Terminals;

  constructor(fleet: Fleet, { refresh, ...named }: HubOptions) {
    this.#named = named;
    this.#agents = new AgentsFeed(fleet, refresh, {
      changed: () => this.#each((client) => client.tellAgents(this.#agents)),
      failed: (error) => this.#each((client) => client.followsAgents && sayError(client, error, "agents")),
    });
    this.#terminals = new Terminals(fleet, {
      changed: (id) => this.#each((client) => client.tellTerminal(id, this.#terminal(id))),
      ended: (id, reason) => this.#each((client) => client.endTerminal(id, reason)),
    });
  }

  /** How many follow events now. */
  get size(): number {
    return this.#clients.size;
  }

  /** Something was changed through this server: whoever follows the agents need not wait for the next look. */
  hurry(): void {
    this.#agents.hurry();
  }

  /** Somebody has come. */
  join(role: Role, sink: Sink): Client {
    const client = new Client(role, sink);
    this.#clients.add(client);
    const { instance, version } = this.#named;
    client.say({ type: "hello", api: apiVersion, fleet: version, instance, role });
    return client;
  }

  /** Somebody has gone. */
  leave(client: Client): void {
    this.#clients.delete(client);
    if (client.followsAgents) this.#agents.leave();
    for (const id of client.terminals) this.#terminals.leave(id);
  }

  /** Somebody has read what was sent: they get what they missed. */
  drained(client: Client): void {
    client.tellAgents(this.#agents);
    for (const id of client.terminals) client.tellTerminal(id, this.#terminal(id));
  }

  /** Somebody says something. What cannot be done is told to them. */
  take(client: Client, text: string): void {
    const message = parsed(text);
    if (message === undefined) {
      client.say({
        type: "error",
        ...errorAsJson(
          new FleetError("usage", "this message is none that is known", {
            code: "malformed-message",
            hint: "for the shapes, look at EventMessage in /api/v1/openapi.json",
          }),
        ),
        of: null,
      });
      return;
    }
    try {
      this.#do(client, message);
    } catch (error) {
      sayError(client, asFleetError(error), message.type);
    }
  }

  /** Tells everybody that the server ends, and lets them and all machines go. */
  async end(): Promise<void> {
    for (const client of this.#clients) {
      client.say({ type: "ending" });
      client.close(1001, "the server ends");
    }
    await this.#terminals.end();
  }

  #do(client: Client, message: ClientMessage): void {
    if (message.type === "input") this.#input(client, message);
    else if (message.type === "scrollback") this.#scrollback(client, message);
    else if (message.to === "terminal") this.#terminalOf(client, message);
    else this.#agentsOf(client, message);
  }

  #agentsOf(client: Client, message: Extract<ClientMessage, { to: "agents" }>): void {
    const followed = client.followsAgents;
    if (message.type === "unsubscribe") {
      client.leaveAgents();
      if (followed) this.#agents.leave();
      return;
    }
    client.followAgents(message.instance === this.#named.instance ? message.after : undefined);
    if (!followed) this.#agents.follow();
    client.tellAgents(this.#agents);
  }

  #terminalOf(client: Client, { type, id }: { readonly type: "subscribe" | "unsubscribe"; readonly id: string }): void {
    const followed = client.leaveTerminal(id);
    if (type === "unsubscribe") {
      if (followed) this.#terminals.leave(id);
      return;
    }
    if (!client.followTerminal(id)) {
      throw new FleetError("usage", "no more terminals can be followed at once", {
        code: "too-many-terminals",
        hint: "unsubscribe from one of them first",
      });
    }
    if (!followed) this.#terminals.follow(id);
    client.tellTerminal(id, this.#terminal(id));
  }

  #input(client: Client, { id, text, paste }: Extract<ClientMessage, { type: "input" }>): void {
    if (client.role !== "owner") {
      throw new FleetError("usage", "this token may look, not type", {
        code: "viewer",
        hint: "to open the page as the owner, run fleet open",
      });
    }
    this.#followed(client, id);
    this.#inOrder(client, "input", () => this.#terminals.type(id, { text, paste }));
  }

  #scrollback(client: Client, { id, lines }: Extract<ClientMessage, { type: "scrollback" }>): void {
    this.#followed(client, id);
    this.#inOrder(client, "scrollback", async () => {
      client.say({ type: "scrollback", id, lines: await this.#terminals.scrollback(id, lines) });
    });
  }

  #followed(client: Client, id: string): void {
    if (client.follows(id)) return;
    throw new FleetError("usage", "this terminal is not followed", {
      code: "not-followed",
      hint: `subscribe to it first: {"type":"subscribe","to":"terminal","id":"${id}"}`,
    });
  }

  #inOrder(client: Client, of: string, work: () => Promise<void>): void {
    const accepted = client.inOrder(() => work().catch((error) => sayError(client, asFleetError(error), of)));
    if (accepted) return;
    throw new FleetError("failed", "what was typed before has not arrived yet", {
      code: "too-fast",
      hint: "wait, then type it again",
    });
  }

  #terminal(id: string): Source {
    return {
      seq: this.#terminals.seq(id),
      messageSince: (seq) => this.#terminals.messageSince(id, seq),
    };
  }

  #each(tell: (client: Client) => void): void {
    for (const client of this.#clients) tell(client);
  }
}

function sayError(client: Client, error: FleetError, of: string): void {
  client.say({ type: "error", ...errorAsJson(error), of });
}

function parsed(text: string): ClientMessage | undefined {
  try {
    return clientMessage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
