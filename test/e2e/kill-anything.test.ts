import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox } from "./agents.ts";

/** Fixed, so that a whole check is the same each time; another one tries other work. */
const seed = Number(process.env.KILL_SEED ?? 20_261_128);
const rounds = Number(process.env.KILL_ROUNDS ?? 12);

/** What an agent may do in its worktree. Each is done whatever the others have done before it. */
type Deed = (
  worktree: string,
  git: (...args: readonly string[]) => Promise<string>,
  number: number,
) => Promise<void> | void;

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const deeds: Readonly<Record<string, Deed>> = {
  "changes a file": (tree, _, n) => write(join(tree, "tracked"), `changed ${n}\n`),
  "writes a file": (tree, _, n) => write(join(tree, `new ${n} ü.txt`), `new ${n}\n`),
  "writes an ignored file": (tree, _, n) => write(join(tree, `ignored/${n}/out`), `ignored ${n}\n`),
  "makes an empty folder": (tree, _, n) => {
    mkdirSync(join(tree, `empty/${n}`), { recursive: true });
  },
  "makes a link": (tree, _, n) => {
    if (!existsSync(join(tree, `link-${n}`))) symlinkSync(`nowhere-${n}`, join(tree, `link-${n}`));
  },
  "makes a file private": (tree, _, n) => {
    write(join(tree, `private-${n}`), "mine\n");
    chmodSync(join(tree, `private-${n}`), 0o600);
  },
  "renames a file": (tree, _, n) => {
    if (existsSync(join(tree, "other"))) renameSync(join(tree, "other"), join(tree, `other-${n}`));
  },
  async commits(tree, git, n) {
    write(join(tree, `committed-${n}`), `${n}\n`);
    await git("add", `committed-${n}`);
    await git("commit", "--quiet", "--message", `commit ${n}`);
  },
  async "commits and takes it back"(_, git, n) {
    await git("commit", "--quiet", "--allow-empty", "--message", `taken back ${n}`);
    await git("reset", "--quiet", "--soft", "HEAD~1");
  },
  async stages(tree, git, n) {
    write(join(tree, `staged-${n}`), `staged ${n}\n`);
    await git("add", `staged-${n}`);
    write(join(tree, `staged-${n}`), `and changed ${n}\n`);
  },
  async "makes a branch"(_, git, n) {
    await git("branch", "--force", `own-${n}`);
  },
  async "leaves its branch"(_, git, n) {
    await git("checkout", "--quiet", "--detach");
    await git("commit", "--quiet", "--allow-empty", "--message", `detached ${n}`);
  },
  async "makes a repository inside"(tree, git, n) {
    const inner = join(tree, `ignored/clone-${n}`);
    if (existsSync(inner)) return;
    await git("init", "--quiet", inner);
    write(join(inner, "file"), `${n}\n`);
    await git("-C", inner, "add", "file");
    await git("-C", inner, "commit", "--quiet", "--message", `within ${n}`);
    write(join(inner, "unsaved"), "unsaved\n");
  },
  "gives a file a second name": (tree, _, n) => {
    if (existsSync(join(tree, `second-${n}`))) return;
    write(join(tree, `first-${n}`), `first ${n}\n`);
    linkSync(join(tree, `first-${n}`), join(tree, `second-${n}`));
  },
  async "intends to add a file"(tree, git, n) {
    write(join(tree, `intended-${n}`), `intended ${n}\n`);
    await git("add", "--intent-to-add", `intended-${n}`);
  },
  async "has git look away from a file"(tree, git, n) {
    await git("update-index", n % 2 === 0 ? "--assume-unchanged" : "--skip-worktree", "tracked");
    write(join(tree, "tracked"), `not looked at ${n}\n`);
  },
  async "puts work aside"(tree, git, n) {
    write(join(tree, `aside-${n}`), `aside ${n}\n`);
    const words = ["--quiet", "--include-untracked", "--message", `aside ${n}`, "--", `aside-${n}`];
    // Git refuses it beside a file that is only intended.
    await git("stash", "push", ...words).catch(() => "");
  },
  async "begins a bisect"(_, git) {
    await git("bisect", "start");
  },
  async "makes a worktree inside"(tree, git, n) {
    const inner = join(tree, `ignored/tree-${n}`);
    if (existsSync(inner)) return;
    await git("worktree", "add", "--quiet", "--detach", inner);
    write(join(inner, "unsaved"), "unsaved\n");
  },
};

/** All that could tell the worktree from another, repositories inside of it too. */
async function everything(tree: string, project: Repository): Promise<Readonly<Record<string, unknown>>> {
  const git = (...args: readonly string[]) => project.git("-C", tree, ...args);
  const inner = readdirSync(tree, { recursive: true, encoding: "utf8" }).filter((path) => /(?:^|\/)\.git$/.test(path));
  const repositories = inner.map((path) => dirname(join(tree, path)));
  return {
    files: files(tree),
    status: await git("status", "--porcelain=v2", "--branch", "--untracked-files=all", "--ignored"),
    index: [await git("ls-files", "--stage"), await git("ls-files", "-v")],
    aside: await git("stash", "list", "--format=%H %gs"),
    reflog: await git("reflog", "--format=%H %gs"),
    branches: await git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads"),
    within: await Promise.all(
      repositories.map(async (path) => [
        path,
        await project.git("-C", path, "log", "--format=%H %s"),
        await project.git("-C", path, "status", "--porcelain"),
      ]),
    ),
  };
}

/** Kind, mode and content of every path outside of git's own directories. */
function files(tree: string): Readonly<Record<string, string>> {
  const paths = readdirSync(tree, { recursive: true, encoding: "utf8" }).filter(
    (path) => !/(?:^|\/)\.git(?:\/|$)/.test(path),
  );
  return Object.fromEntries(paths.sort().map((path) => [path, described(join(tree, path))]));
}

function described(path: string): string {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  return `${stat.mode.toString(8)} ${stat.isFile() ? readFileSync(path, "latin1") : ""}`;
}

async function survives(box: Sandbox, project: Repository, round: number, work: readonly string[]): Promise<void> {
  const branch = `work-${round}`;
  const at = { cwd: project.path };
  await box.fleet(["create", branch], at);
  const { worktree } = agentOn(box, branch);
  const git = (...args: readonly string[]) => project.git("-C", worktree, ...args);
  for (const [number, name] of work.entries()) await deeds[name]?.(worktree, git, number);
  const before = await everything(worktree, project);
  const killed = await box.fleet(["kill", branch, "-y"], at);
  expect({ work, code: killed.code, stdout: killed.stdout }).toMatchObject({ work, code: 0 });
  await project.git("gc", "--quiet", "--prune=now");
  const restored = await box.fleet(["restore", branch, "--no-resume"], at);
  expect({ work, code: restored.code, stderr: restored.stderr }).toEqual({ work, code: 0, stderr: "" });
  expect({ work, ...(await everything(worktree, project)) }).toEqual({ work, ...before });
  await box.fleet(["kill", branch, "--keep-branch", "-y"], at);
}

test(`whatever an agent has done comes back after a kill and a gc (KILL_SEED=${seed})`, async () => {
  await using box = await demoSandbox();
  const files = { ".gitignore": "ignored/\n", tracked: "tracked\n", other: "other\n" };
  const project = await box.repository("project", { files });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...Object.keys(deeds)), { minLength: 1, maxLength: 9 }), async (work) => {
      round += 1;
      await survives(box, project, round, work);
    }),
    { seed, numRuns: rounds, endOnFailure: true },
  );
}, 120_000);
