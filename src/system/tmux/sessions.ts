import type { Finished } from "../exec.ts";
import { paneOwner } from "./panes.ts";
import {
  type AttachOptions,
  callTmux,
  literalFormat,
  makeSocketDirectory,
  requireTmux,
  type TmuxServer,
} from "./server.ts";

/** A session to create. */
export interface NewSession {
  readonly name: string;
  readonly directory: string;
  /** Run without a shell between; never holds a secret, since every user of the machine can read it. */
  readonly argv: readonly string[];
  /** The name of its window; the program in it cannot change it. */
  readonly window: string;
  /** Options of the session alone: those whose names start with `@` are ours to define. */
  readonly options: Readonly<Record<string, string>>;
  /** Whose its pane is, wherever the user moves that. */
  readonly owner?: string;
}

/** A session that was created. */
export interface CreatedSession {
  readonly name: string;
  readonly session: string;
  readonly pane: string;
  readonly pid: number;
  /** The server ends with all its sessions as soon as no client is attached (`exit-unattached`). */
  readonly endsUnattached: boolean;
}

/** tmux would make a detached session 80x24, too narrow for the interfaces of agents. */
const size = ["-x", "200", "-y", "50"];
/** An option of our sessions: the panes that they began with, ours and those of the user's hooks. */
export const firstPanes = "@fleet_panes";
const created = "#{session_id}|#{pane_id}|#{pane_pid}|#{exit-unattached}|#{session_name}";

/**
 * Creates sessions in as few calls as fit (2 ms each instead of 4). In the same breath each is told to keep its last screen when
 * its program ends, to survive having no client whatever the user's configuration says, and who it belongs to: a program that
 * ends at once would otherwise take its session with it before anybody has looked.
 *
 * Returns those that were created; the failure of the call that stopped is `failure`.
 */
export async function createSessions(
  server: TmuxServer,
  sessions: readonly NewSession[],
): Promise<{ readonly created: CreatedSession[]; readonly failure: Finished | undefined }> {
  makeSocketDirectory(server);
  const commands = sessions.flatMap(creation);
  const results = await startingServer(() => callTmux(server, commands));
  const last = results.at(-1);
  return {
    created: results.flatMap((result) => result.stdout.split("\n").filter(Boolean).map(parseCreated)),
    failure: last !== undefined && last.exitCode !== 0 ? last : undefined,
  };
}

/** Lets the client that `fleet` was called from look at another session. */
export async function switchClient(server: TmuxServer, session: string, { readOnly }: AttachOptions): Promise<void> {
  await requireTmux(server, [["switch-client", ...(readOnly ? ["-r"] : []), "-t", session]]);
}

function creation(session: NewSession): string[][] {
  // The user's hooks run as soon as the session is there: panes and windows they open come behind ours, and may be the current ones.
  const target = `=${session.name}:^.{top-left}`;
  const option = (name: string, value: string, flags: readonly string[] = []) => [
    "set-option",
    ...flags,
    "-t",
    target,
    name,
    value,
  ];
  return [
    [
      ...[
        "new-session",
        "-d",
        "-P",
        "-F",
        created,
        "-s",
        literalFormat(session.name),
        "-n",
        literalFormat(session.window),
        "-c",
        literalFormat(session.directory),
      ],
      ...size,
      "--",
      ...session.argv,
    ],
    option("remain-on-exit", "on", ["-w"]),
    option("destroy-unattached", "off"),
    option("@fleet_pane", "#{pane_id}", ["-F"]),
    ...(session.owner === undefined ? [] : [option(paneOwner, session.owner, ["-p"])]),
    option(firstPanes, "#{W:#{P: #{pane_id} }}", ["-F"]),
    ...Object.entries(session.options).map(([name, value]) => option(name, value)),
  ];
}

/** A server that is just ending refuses the client that comes in that moment; the next attempt starts a new one. */
async function startingServer(attempt: () => Promise<Finished[]>): Promise<Finished[]> {
  const first = await attempt();
  const racedWithExit =
    first.length === 1 && first[0]?.exitCode === 1 && /server exited|lost server/.test(first[0].stderr);
  return racedWithExit ? attempt() : first;
}

function parseCreated(line: string): CreatedSession {
  const [session = "", pane = "", pid, unattached, ...name] = line.split("|");
  return { session, pane, pid: Number(pid), endsUnattached: unattached === "1", name: name.join("|") };
}
