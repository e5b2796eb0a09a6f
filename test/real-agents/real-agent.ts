import { type Entry, filesNamed, registered } from "../e2e/agents.ts";
import { audit } from "../helpers/audit.ts";
import { engineVariables } from "../helpers/engines.ts";
import { processesIn } from "../helpers/processes.ts";
import type { Repository } from "../helpers/repository.ts";
import type { PendingResult, RunOptions } from "../helpers/run.ts";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { type MockModelServer, startMockModelServer } from "./mock-model-server.ts";
import { promptsIn } from "./transcripts.ts";
import { type AgentName, type AnyAgentName, userOf } from "./users.ts";

/** What `fleet list` says of an agent. */
interface Listed extends Entry {
  readonly status: string;
  readonly reason: string | null;
  readonly pid: number;
}

/** A user who has just installed a real agent and never started it, and a model that answers it. */
export async function realAgent<Name extends AnyAgentName>(name: Name): Promise<RealAgent<Name>> {
  const box = await sandbox();
  box.provide(installed("node", Bun.which("node")), "node");
  box.provide(installed(name, process.env[`REAL_${name.toUpperCase()}`]), name);
  const model = startMockModelServer();
  Object.assign(box.env, engineVariables, userOf(name, box, model), { AI_FLEET_DEFAULT_AGENT: name });
  return new RealAgent(name, box, model, await box.repository());
}

export class RealAgent<Name extends AnyAgentName = AgentName> {
  readonly name: Name;
  readonly box: Sandbox;
  readonly model: MockModelServer;
  readonly project: Repository;

  constructor(name: Name, box: Sandbox, model: MockModelServer, project: Repository) {
    this.name = name;
    this.box = box;
    this.model = model;
    this.project = project;
  }

  /** Runs `fleet` in the repository. */
  fleet(args: readonly string[], options: RunOptions = {}): PendingResult {
    return this.box.fleet(args, { cwd: this.project.path, timeoutMs: 60_000, ...options });
  }

  /** The user has another agent, too, which asks the same model. */
  joinedBy(name: AgentName): void {
    this.box.provide(installed(name, process.env[`REAL_${name.toUpperCase()}`]), name);
    Object.assign(this.box.env, userOf(name, this.box, this.model));
  }

  /** Gives the agent a server of tools, as its user would. */
  async addTools(command: readonly string[]): Promise<void> {
    const scope = this.name === "claude" ? ["--scope", "user"] : [];
    const { code, stderr } = await this.box.run([this.name, "mcp", "add", ...scope, "fleet", "--", ...command]);
    if (code !== 0) throw new Error(`${this.name} mcp add failed: ${stderr}`);
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
    return eventually(reached, { what: `${branch} to be ${statuses.join(" or ")}`, timeoutMs: 30_000 });
  }

  /** The prompts of the user in the agent's own transcript, as they are there. */
  prompts(branch: string): string[] {
    const agent = registered(this.box).find((entry) => entry.branch === branch);
    if (agent === undefined) throw new Error(`no agent is registered on ${branch}`);
    return promptsIn(this.name, this.box.home, agent.worktree);
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
      const left = (await audit(this.box, this.project, { branches })).filter(
        (line) => !keptByAgent.test(line) && line !== keptByServer,
      );
      if (left.length > 0) throw new Error(left.join("\n  "));
      return true;
    };
    await eventually(nothingLeft, { what: "everything to be gone", timeoutMs: 20_000 });
  }

  /** Ends everything that was started here. Throws when a process has to be killed. */
  async end(): Promise<void> {
    await this.box[Symbol.asyncDispose]();
    this.model.stop();
  }
}

/** What came of the calls of its tools is kept for seven days. */
const keptByServer = "journal/answered";

/** What agents leave in TMPDIR whoever ends them. */
const keptByAgent = new RegExp(
  `^temporary file (${[
    "claude-\\d+|cc-socks",
    "codex-bwrap-synthetic-mount-targets-\\d+",
    "gemini-client-error-.*|gemini-shell-.*",
    "opencode|\\.[0-9a-f]+-[0-9a-f]+\\.so",
    "node-compile-cache",
  ].join("|")})$`,
);

function installed(name: string, path: string | null | undefined): string {
  if (path) return path;
  throw new Error(`${name} is not installed; to install it and run these tests, run scripts/real-agents`);
}
