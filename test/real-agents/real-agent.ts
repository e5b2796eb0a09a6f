import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Entry, filesNamed, registered } from "../e2e/agents.ts";
import { audit } from "../helpers/audit.ts";
import { processesIn } from "../helpers/processes.ts";
import type { Repository } from "../helpers/repository.ts";
import type { PendingResult, RunOptions } from "../helpers/run.ts";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { type MockModelServer, startMockModelServer } from "./mock-model-server.ts";

export const agentNames = ["claude", "codex"] as const;

export type AgentName = (typeof agentNames)[number];

/** What `fleet list` says of an agent. */
interface Listed extends Entry {
  readonly status: string;
  readonly reason: string | null;
  readonly pid: number;
}

/** A user who has just installed a real agent and never started it, and a model that answers it. */
export async function realAgent(name: AgentName): Promise<RealAgent> {
  const box = await sandbox();
  box.provide(installed("node", Bun.which("node")), "node");
  box.provide(installed(name, process.env[`REAL_${name.toUpperCase()}`]), name);
  const model = startMockModelServer();
  const settings = name === "claude" ? claudeUser(model) : codexUser(model, box);
  Object.assign(box.env, settings, { AI_FLEET_DEFAULT_AGENT: name });
  return new RealAgent(name, box, model, await box.repository());
}

export class RealAgent {
  readonly name: AgentName;
  readonly box: Sandbox;
  readonly model: MockModelServer;
  readonly project: Repository;

  constructor(name: AgentName, box: Sandbox, model: MockModelServer, project: Repository) {
    this.name = name;
    this.box = box;
    this.model = model;
    this.project = project;
  }

  /** Runs `fleet` in the repository. */
  fleet(args: readonly string[], options: RunOptions = {}): PendingResult {
    return this.box.fleet(args, { cwd: this.project.path, timeoutMs: 60_000, ...options });
  }

  async listed(branch: string): Promise<Listed> {
    const { stdout } = await this.fleet(["list", "--json", branch]);
    const { agents } = JSON.parse(stdout) as { agents: Listed[] };
    const [agent] = agents;
    if (agent === undefined) throw new Error(`${branch} is not listed`);
    return agent;
  }

  /** Waits until `fleet list` says this status of an agent. */
  until(branch: string, ...statuses: readonly string[]): Promise<Listed> {
    const reached = async () => {
      const agent = await this.listed(branch);
      if (statuses.includes(agent.status)) return agent;
      throw new Error(`it is ${agent.status}: ${agent.reason}`);
    };
    return eventually(reached, { what: `${branch} to be ${statuses.join(" or ")}` });
  }

  /** The prompts of the user in the agent's own transcript, as they are there. */
  prompts(branch: string): string[] {
    const agent = registered(this.box).find((entry) => entry.branch === branch);
    if (agent === undefined) throw new Error(`no agent is registered on ${branch}`);
    return this.name === "claude" ? claudePrompts(this.box, agent.worktree) : codexPrompts(this.box, agent.worktree);
  }

  /** What the model was told of the conversation when it was asked this, without what agents add. */
  remembered(prompt: string): readonly string[] | undefined {
    return this.model.questions.map(({ userTexts }) => userTexts).findLast((texts) => texts.at(-1) === prompt);
  }

  /** The files of this name in the sandbox. */
  filesCalled(name: string): string[] {
    return filesNamed(name, this.box);
  }

  /** The processes of the agents, which all carry the name of their program. */
  agentProcesses(): string[] {
    return processesIn(this.box.root)
      .map(({ command }) => command)
      .filter((command) => command.includes(`/${this.name} `));
  }

  /** Kills all agents and throws if anything but branches is left of them, soon afterwards. */
  async endAll(): Promise<void> {
    await this.fleet(["kill", "--all", "-y"]);
    const nothingLeft = async () => {
      const branches = (await this.project.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")).split(
        "\n",
      );
      const left = (await audit(this.box, this.project, { branches })).filter((line) => !keptByAgent.test(line));
      if (left.length > 0) throw new Error(left.join("\n  "));
      return true;
    };
    await eventually(nothingLeft, { what: "everything to be gone", timeoutMs: 10_000 });
  }

  /** Ends everything that was started here. Throws when a process has to be killed. */
  async end(): Promise<void> {
    await this.box[Symbol.asyncDispose]();
    this.model.stop();
  }
}

/** What agents leave in TMPDIR whoever ends them. */
const keptByAgent = /^temporary file (claude-\d+|cc-socks|codex-bwrap-synthetic-mount-targets-\d+)$/;

function installed(name: string, path: string | null | undefined): string {
  if (path) return path;
  throw new Error(`${name} is not installed; to install it and run these tests, run scripts/real-agents`);
}

function claudeUser({ url }: MockModelServer): Record<string, string> {
  const superuser = process.getuid?.() === 0;
  return {
    ANTHROPIC_API_KEY: "sk-ant-api03-0123456789-abcdefghijklmnopqrstuvwxyz",
    ANTHROPIC_BASE_URL: url,
    DISABLE_AUTOUPDATER: "1",
    ...(superuser ? { IS_SANDBOX: "1" } : {}),
  };
}

function codexUser({ url }: MockModelServer, { home }: Sandbox): Record<string, string> {
  const config = `model = "gpt-5.5-codex"
model_provider = "mock"
check_for_update_on_startup = false
[model_providers.mock]
name = "mock"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "MOCK_KEY"
`;
  mkdirSync(join(home, ".codex"));
  writeFileSync(join(home, ".codex", "config.toml"), config);
  return { MOCK_KEY: "none" };
}

interface Row {
  readonly type?: string;
  readonly cwd?: string;
  readonly isMeta?: boolean;
  readonly message?: { readonly content?: unknown };
  readonly payload?: {
    readonly type?: string;
    readonly cwd?: string;
    readonly item?: { readonly type?: string; readonly content?: readonly { readonly text?: string }[] };
  };
}

function claudePrompts({ home }: Sandbox, worktree: string): string[] {
  const rows = rowsOf(join(home, ".claude/projects/*/*.jsonl")).flat();
  const users = rows.filter(({ type, cwd, isMeta }) => type === "user" && cwd === worktree && isMeta !== true);
  return users.flatMap(({ message }) => (typeof message?.content === "string" ? [message.content] : []));
}

function codexPrompts({ home }: Sandbox, worktree: string): string[] {
  const conversations = rowsOf(join(home, ".codex/sessions/*/*/*/*.jsonl"));
  const own = conversations.filter(([first]) => first?.payload?.cwd === worktree).flat();
  return own.flatMap(({ payload }) => {
    if (payload?.type !== "item_completed" || payload.item?.type !== "UserMessage") return [];
    return [(payload.item.content ?? []).map(({ text }) => text ?? "").join("")];
  });
}

/** The rows of each file, oldest file first. */
function rowsOf(files: string): Row[][] {
  return globSync(files)
    .sort()
    .map((file) =>
      readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Row),
    );
}
