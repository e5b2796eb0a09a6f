import { FleetError } from "../../errors.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import type { Unseen } from "../../fleet/review/content.ts";
import type { Tested, TestOptions } from "../../fleet/review/test.ts";
import { testCommand } from "../../fleet/review/test-command.ts";
import type { HostLink } from "../../hosts/link.ts";
import type { TestAnswer } from "../../model/wire/test.ts";
import type { AwayAgent } from "../../state/away.ts";
import { isTestResult, type TestResult, testLog, writeTestResult } from "../../state/test-results.ts";
import { quoteForShell } from "../../system/shell.ts";
import { gone } from "../away.ts";
import { fetchWork } from "./fetch.ts";
import { withLinks } from "./links.ts";
import { ask } from "./machine.ts";

const testRow = { name: "test", changes: true, shapes: () => import("../../model/wire/test.ts") } as const;

/** How tests ended, and which agents could not be tested. */
interface AwayTests {
  readonly tested: readonly Tested[];
  readonly unseen: readonly Unseen[];
}

/**
 * Tests agents on other machines in their worktrees there, by the fleet there, and keeps here how each ended and what it printed. What
 * was tested is fetched afterwards, so that a result is of what is here, unless the agent has gone on. What one host cannot do stops no
 * other: its agents are among the unseen. Throws FleetError `usage` when nobody has said which test.
 */
export async function testAway(fleet: Fleet, away: readonly AwayAgent[], options: TestOptions): Promise<AwayTests> {
  const byHost = Map.groupBy(away, ({ host }) => host);
  const commands = new Map(away.map(({ entry: { repo } }) => [repo, commandFor(fleet, repo, options)]));
  return withLinks(fleet, [...byHost.keys()], async ({ links, silent }) => {
    const groups = links.flatMap((link) =>
      [...Map.groupBy(byHost.get(link.host.name) ?? [], ({ entry }) => entry.repo)].map(([repo, agents]) =>
        testOn(fleet, link, agents, { command: commands.get(repo) ?? "", options }),
      ),
    );
    const all = await Promise.all(groups);
    const unreached = silent.flatMap(({ host, error }) => (byHost.get(host) ?? []).map(untestedFor(error)));
    return {
      tested: all.flatMap(({ tested }) => tested),
      unseen: [...all.flatMap(({ unseen }) => unseen), ...unreached],
    };
  });
}

/** The settings of this machine say what the test is, and the line or the words go over as they are. */
function commandFor(fleet: Fleet, root: string, options: TestOptions): string | readonly string[] {
  const { argv, text } = testCommand(fleet, root, options);
  return options.words.length > 0 ? argv : text;
}

interface Testing {
  readonly command: string | readonly string[];
  readonly options: TestOptions;
}

/** Tests agents of one repository on one machine. */
async function testOn(
  fleet: Fleet,
  link: HostLink,
  agents: readonly AwayAgent[],
  { command, options: { again, onTested } }: Testing,
): Promise<AwayTests> {
  try {
    const targets = agents.map(({ entry }) => entry.branch);
    const answer = await ask(fleet, link, testRow, { targets, command, again }, agents[0]?.mirror);
    const known = agents.flatMap((agent) => {
      const told = answer.agents.find(({ id }) => id === agent.entry.id);
      return told === undefined ? [] : [{ agent, told }];
    });
    const tested = await Promise.all(known.map(({ agent, told }) => kept(fleet, link, agent, told)));
    for (const one of tested) onTested?.(one);
    const ids = new Set(known.map(({ agent }) => agent.entry.id));
    await fetchWork(
      fleet,
      link,
      known.map(({ agent }) => agent),
    );
    return {
      tested,
      unseen: agents
        .filter(({ entry }) => !ids.has(entry.id))
        .map(({ entry }) => ({ entry, why: whyUntold(answer, entry.branch) })),
    };
  } catch (error) {
    if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
    return { tested: [], unseen: agents.map(untestedFor(error)) };
  }
}

/** Keeps a result of another machine as one of this, with what the test printed there. */
async function kept(
  fleet: Fleet,
  link: HostLink,
  { host, entry }: AwayAgent,
  { test: { known, log: there, ...told } }: TestAnswer["agents"][number],
): Promise<Tested> {
  const places = statePlaces(fleet);
  const result: TestResult = told;
  // Names of files are made of it.
  if (!isTestResult(result)) throw notUnderstood(link.host.name);
  const { stdout } = await link.run(`cat -- ${quoteForShell(there)}`);
  writeTestResult(places, entry.id, result, Buffer.from(stdout));
  return { entry, result, known, log: testLog(places, entry.id, result), host };
}

function notUnderstood(host: string): FleetError {
  return new FleetError("failed", `${host} answers test in a way that this fleet does not understand`, {
    code: "host-answer",
    hint: `to bring both to one version, run fleet hosts check ${host}`,
  });
}

function untestedFor({ message }: FleetError): (agent: AwayAgent) => Unseen {
  return ({ entry }) => ({ entry, why: message });
}

function whyUntold({ failures }: TestAnswer, branch: string): string {
  return failures.find((failure) => failure.branch === branch)?.message ?? gone;
}
