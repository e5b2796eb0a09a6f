import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isKept, oddStates, verbs } from "../helpers/odd-states.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, registered } from "./agents.ts";

const precious = "what only the agent has\n";
const mine = "what the user has not committed\n";
const deleted = "worktree deleted";

/** Each verb has a world of its own; more at a time would only wait for each other. */
const worldsAtOnce = 4;

for (const [state, make] of Object.entries(oddStates)) {
  test(`no verb harms anything or fails as a bug where the state is: ${state}`, async () => {
    const outcomes: string[] = [];
    for (let first = 0; first < verbs.length; first += worldsAtOnce) {
      const some = verbs.slice(first, first + worldsAtOnce);
      outcomes.push(...(await Promise.all(some.map((verb) => outcomeOf(verb, state, make)))));
    }
    expect(outcomes).toMatchSnapshot();
  }, 120_000);
}

/** What a verb exits with where the state is odd; it must have harmed nothing by then. */
async function outcomeOf(
  verb: readonly string[],
  state: string,
  make: (typeof oddStates)[keyof typeof oddStates],
): Promise<string> {
  await using box = await demoSandbox();
  const project = await box.repository();
  const other = await box.repository("other");
  const started = await Promise.all([
    box.fleet(["create", "fix"], { cwd: project.path }),
    box.fleet(["create", "good"], { cwd: other.path }),
  ]);
  expect(started.map(({ code }) => code)).toEqual([0, 0]);
  const agent = agentOn(box, "fix");
  writeFileSync(join(agent.worktree, "precious"), precious);
  writeFileSync(join(agentOn(box, "good").worktree, "unsaved"), "");
  project.write("README.md", mine);
  await make({ box, project, agent });
  const cwd = existsSync(project.path) ? project.path : other.path;
  const { code, stdout, stderr } = await box.fleet(verb, { cwd });
  const what = `${state}, ${verb.join(" ")}: ${stdout}${stderr}`;

  expect([what, code]).not.toEqual([what, 70]);
  expect([what, /[\u0000-\u0008\u000b-\u001f\u007f]/.test(stdout + stderr)]).toEqual([what, false]);
  // Whatever was there of the agent's is still somewhere, and the user's checkout is as it was.
  expect([what, await isKept(box, precious)]).toEqual([what, state !== deleted]);
  const checkout = cwd === project.path ? cwd : join(box.home, "moved-repository");
  expect([what, readFileSync(join(checkout, "README.md"), "utf8")]).toEqual([what, mine]);
  // The other repository is none of its business.
  const { stdout: rest } = await box.fleet(["list", "-q"], { cwd: other.path });
  expect([what, rest]).toEqual([what, "good\n"]);
  return `${verb.join(" ")}: ${code}`;
}

for (const [state, make] of Object.entries(oddStates)) {
  test(`what a kill ends comes back as it was, or the restore says why not, where the state is: ${state}`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    await box.fleet(["create", "fix"], { cwd: project.path }).expect({ stdout: "fix\n", stderr: /./ });
    const agent = agentOn(box, "fix");
    writeFileSync(join(agent.worktree, "precious"), precious);
    await make({ box, project, agent });
    const cwd = existsSync(project.path) ? project.path : box.home;
    const look = async (at: string) =>
      existsSync(at) && statSync(at).isDirectory()
        ? (await box.run(["git", "-c", "core.fsmonitor=", "status", "--porcelain=v2", "--branch"], { cwd: at })).stdout
        : "";
    const before = await look(agent.worktree);
    const killed = await box.fleet(["kill", "fix"], { cwd });
    if (killed.code !== 0) return expect(`kept: ${words(box, killed.stdout + killed.stderr)}`).toMatchSnapshot();
    const restored = await box.fleet(["restore", "fix", "--no-resume"], { cwd });
    const outcome = words(box, restored.code === 0 ? "restored" : restored.stderr);
    const [back] = registered(box).filter(({ id }) => id === agent.id);
    const same = back !== undefined && (await look(back.worktree)) === before;
    expect(`${words(box, killed.stdout)}${outcome}, ${same ? "as it was" : "not as it was"}`).toMatchSnapshot();
    expect(await isKept(box, precious)).toBe(state !== deleted);
  }, 60_000);
}

/** What was said, without what differs from run to run: of two questions to git at the same time either may be the first to fail. */
function words(box: Sandbox, text: string): string {
  return text
    .replaceAll(box.root, "[ROOT]")
    .replace(/\b[0-9a-f]{8,40}\b/g, "[ID]")
    .replace(/\.\d+\.[0-9a-z]+\.tmp\b/g, ".[TEMPORARY]")
    .replace(/git (?:status|ls-files) failed/g, "git failed");
}
