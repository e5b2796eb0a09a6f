import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isKept } from "./audit.ts";
import type { Repository } from "./repository.ts";
import type { Sandbox } from "./sandbox.ts";
import { eventually } from "./wait.ts";

/** What `state.json` says of an agent, as far as the audit needs it. */
export interface Entry {
  readonly id: string;
  readonly branch: string;
  readonly worktree: string;
}

/** mulberry32: small, and the same numbers for the same seed everywhere. */
export function generator(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Where registry, git, tmux and files do not say the same, found without any of our code. */
export async function disagreements(box: Sandbox, project: Repository): Promise<string[]> {
  const agents = registered(box);
  const ids = new Set(agents.map(({ id }) => id));
  const listed = (await project.git("worktree", "list", "--porcelain")).split("\n");
  const worktrees = listed.flatMap((line) => (line.startsWith("worktree ") ? [line.slice("worktree ".length)] : []));
  const expected = new Set([project.path, ...agents.map(({ worktree }) => worktree)]);
  const branches = (await project.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")).split("\n");
  const sessions = await sessionIds(box);
  const home = join(box.home, ".ai_fleet");
  return [
    ...agents.filter(({ worktree }) => !worktrees.includes(worktree)).map(({ branch }) => `${branch} has no worktree`),
    ...agents.filter(({ branch }) => !branches.includes(branch)).map(({ branch }) => `${branch} has no branch`),
    ...worktrees.filter((path) => !expected.has(path)).map((path) => `worktree of nobody: ${path}`),
    ...sessions.filter((id) => !ids.has(id)).map((id) => `session of nobody: ${id}`),
    ...namesIn(join(home, "worktrees"))
      .filter((name) => !isKept(home, `worktrees/${name}`))
      .map((name) => join(home, "worktrees", name))
      .filter((path) => !path.endsWith(".trash") && !expected.has(path))
      .map((path) => `directory of nobody: ${path}`),
    ...namesIn(join(home, "journal")).map((name) => `journal: ${name}`),
    ...namesIn(join(home, "agents"))
      .filter((name) => /^[0-9a-f]{8}$/.test(name))
      .filter((id) => ids.has(id) === existsSync(join(home, "agents", id, "ending.json")))
      .map((id) => (ids.has(id) ? `${id} is there, but has an ending` : `agents/${id} of nobody`)),
    ...namesIn(home)
      .filter((name) => /\.(tmp|lock)$/.test(name))
      .map((name) => `file of nobody: ${name}`),
    ...namesIn(join(project.path, ".git"))
      .filter((name) => /\.(tmp|lock)$/.test(name))
      .map((name) => `in .git: ${name}`),
    ...agents.flatMap(({ worktree }) => temporaryIn(namesIn(worktree), worktree)),
    ...(await temporarySaved(project)),
    ...(await strayProcesses(box, ids)),
  ];
}

/** What fleet makes on the way to replacing a file is nobody's work. */
function temporaryIn(names: readonly string[], where: string): string[] {
  return names.filter((name) => /\.\d+\.[0-9a-z]+\.tmp$/.test(name)).map((name) => `in ${where}: ${name}`);
}

async function temporarySaved(project: Repository): Promise<string[]> {
  const refs = (await project.git("for-each-ref", "--format=%(refname)", "refs/fleet/saved"))
    .split("\n")
    .filter(Boolean);
  const trees = refs.map(async (ref) => {
    return temporaryIn((await project.git("ls-tree", "--name-only", ref)).split("\n"), ref);
  });
  return (await Promise.all(trees)).flat();
}

async function sessionIds(box: Sandbox): Promise<string[]> {
  const sessions = await box.tmux.sessions();
  const options = await Promise.all(sessions.map(({ name }) => box.tmux.options(name)));
  return options.map((option) => option["@fleet_id"] ?? "without an id");
}

/** A process that is just ending gets its time. */
async function strayProcesses(box: Sandbox, ids: ReadonlySet<string>): Promise<string[]> {
  const strays = () =>
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        const id = environmentOf(pid).match(/(?:^|\0)AI_FLEET_ID=([0-9a-f]{8})\0/)?.[1];
        return id !== undefined && environmentOf(pid).includes(`HOME=${box.home}\0`) && !ids.has(id)
          ? [`process ${pid} of ${id}`]
          : [];
      });
  await eventually(() => strays().length === 0, { what: "stray processes to end", timeoutMs: 20_000 }).catch(
    () => undefined,
  );
  return strays();
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}

/** The agents in `state.json`. */
export function registered(box: Sandbox): Entry[] {
  const file = join(box.home, ".ai_fleet", "state.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Entry[]) : [];
}

function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
