import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, registered, untilDemo } from "./agents.ts";

test("a model finds tools that look, start and talk; what kills, merges, publishes or spends is not there unless a person says so", async () => {
  await using box = await demoSandbox();
  await box.repository();
  {
    await using model = await connected(box);
    const { tools } = await model.client.listTools();
    expect(tools.map(({ name }) => name.replace("fleet_", ""))).toEqual(
      "list create fanout wait prompt question answer interrupt logs diff test compare overlap cost stop resume restorable restore".split(
        " ",
      ),
    );
    expect(tools.filter(({ annotations }) => annotations?.destructiveHint).map(({ name }) => name)).toEqual([]);
    await expect(model.client.callTool({ name: "fleet_kill", arguments: {} })).rejects.toThrow(
      "fleet_kill is not allowed here; who added this server may allow it, with fleet mcp --allow kill",
    );
    await expect(model.client.callTool({ name: "fleet_exec" })).rejects.toThrow("there is no tool fleet_exec");
    expect(JSON.stringify(tools)).not.toMatch(/"(?:all_repositories|sandbox|budget|quick|raw)"/);
  }
  await using led = await connected(box, ["--allow", "kill,merge"]);
  const { tools } = await led.client.listTools();
  const dangerous = tools.filter(({ annotations }) => annotations?.destructiveHint);
  expect(dangerous.map(({ name }) => name)).toEqual(["fleet_kill", "fleet_merge"]);
  expect(dangerous.every(({ inputSchema }) => inputSchema.required?.includes("confirm"))).toBe(true);
  await box.fleet(["mcp", "--allow", "merge,exec"]).expect({
    code: 2,
    stderr:
      '✗ --allow does not take "exec"\n  it takes kill, merge, undo_merge, pick, pr, prune, budget, with commas between them\n',
  });
});

test("a model leads a fleet: fans out, waits, tests, compares, reads, and takes the best when it may", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  await using model = await connected(box, ["--allow", "pick"]);
  const told: (string | undefined)[] = [];
  await model.call("fleet_fanout", { count: 2, prefix: "try", prompt: "note" }, (message) => told.push(message));
  expect(told).toContain("try-A1, new, from main@".concat((await project.git("rev-parse", "main")).slice(0, 7)));
  const waited = await model.call("fleet_wait", { batch: "try", timeout_seconds: 20 });
  expect(waited).toMatchObject({ agents: [{ status: "idle" }, { status: "idle" }], pending: [] });
  await project.git("-C", agentOn(box, "try-A2").worktree, "commit", "--quiet", "--allow-empty", "-m", "More");
  const tested = await model.call("fleet_test", { batch: "try", command: ["test", "-e", "demo-notes.md"] });
  expect(JSON.stringify(tested)).toContain('"outcome":"passed"');
  const list = (await model.call("fleet_list", {})) as { readonly agents: readonly { readonly branch: string }[] };
  expect(list.agents.map(({ branch }) => branch).sort()).toEqual(["try-A1", "try-A2"]);
  const { resources } = await model.client.listResources();
  expect(resources.map(({ uri }) => uri)).toContain("fleet://agents/try-A1/diff");
  const { contents } = await model.client.readResource({ uri: "fleet://agents/try-A1/diff" });
  expect(contents).toMatchObject([{ text: expect.stringContaining("+- note\n"), mimeType: "text/x-diff" }]);
  const unasked = await model.call("fleet_pick", { targets: ["try-A1"] });
  expect(unasked).toBe(
    "fleet_pick needs confirm: true\nask the person you work for, and call it again with confirm: true",
  );
  // Which of them, and why, is said to a program as to a person.
  const taken = "2 of the 2 names are taken, so nothing was made";
  expect(await model.call("fleet_fanout", { count: 2, prefix: "try", prompt: "note" })).toStartWith(
    `${taken}\ntry-A1\ntry-A2\n`,
  );
  await box.fleet(["fanout", "2", "try", "-p", "note", "--json"], { cwd: project.path }).expect({
    code: 1,
    stdout: JSON.stringify(
      {
        version: 1,
        error: {
          kind: "failed",
          code: null,
          message: taken,
          hint: "to number on behind them, run fleet fanout 2 try --continue ...",
          output: "try-A1\ntry-A2",
        },
      },
      null,
      2,
    ).concat("\n"),
  });
  await model.call("fleet_pick", { targets: ["try-A1"], confirm: true });
  expect(await project.git("log", "-1", "--format=%s", "main")).toContain("note");
  expect(registered(box).map(({ branch }) => branch)).toEqual(["try-A1"]);
});

test("a model reaches nothing outside of its repository, and decides nothing that is a person's", async () => {
  await using box = await demoSandbox();
  await box.repository();
  const { path: elsewhere } = await box.repository("elsewhere");
  await box.fleet(["create", "other", "-p", "secret"], { cwd: elsewhere });
  await untilDemo(box, "other", "idle", 1);
  await using model = await connected(box);
  for (const [tool, input] of [
    ["fleet_logs", { targets: ["other"] }],
    ["fleet_diff", { targets: ["other"] }],
    ["fleet_prompt", { targets: ["other"], message: "hi" }],
    ["fleet_question", { target: "other" }],
    ["fleet_stop", { targets: ["other"] }],
  ] as const) {
    expect([tool, await model.call(tool, input)]).toEqual([tool, expect.stringMatching(/other/)]);
  }
  expect(await model.call("fleet_list", { all_repositories: true })).toBe(
    "all_repositories is not for a tool to decide\nleave it out; a person can run fleet list",
  );
  const bare = { agents: [{ branch: "x", sandbox: { kind: "none" } }] };
  expect(await model.call("fleet_create", bare)).toMatch(/^sandbox is not for a tool to decide\n/);
  expect(registered(box).map(({ branch }) => branch)).toEqual(["other"]);
});

test("agents that agents start are counted and bounded, also where the environment does not say whose they are", async () => {
  await using box = await demoSandbox("max_depth = 1\nmax_children = 1\n");
  const { path: cwd } = await box.repository();
  await box.fleet(["create", "lead"], { cwd });
  const { id } = agentOn(box, "lead");
  const env = { AI_FLEET_ID: id };
  await box.fleet(["create", "child"], { cwd, env });
  expect(agentOn(box, "child")).toMatchObject({ parent: id, depth: 1 });
  await box.fleet(["create", "second"], { cwd, env }).expect({
    code: 1,
    stderr:
      "✗ an agent may have 1 agents of its own; 1 are there, and this would be 1 more\n  to end those that are done, run fleet kill BRANCH\n",
  });
  await box.fleet(["create", "deep"], { cwd, env: { AI_FLEET_ID: agentOn(box, "child").id } }).expect({
    code: 1,
    stderr:
      "✗ agents may start agents 1 deep, and this would be 2\n  a person can raise max_depth: fleet config edit\n",
  });
  // The server is started by the agent's own program, without its environment.
  box.executable("leader", "#!/bin/sh\nAI_FLEET_ID=\"$1\" exec sh -c 'env -u AI_FLEET_ID fleet mcp; true'\n");
  await using model = await connected(box, [id], "leader");
  expect(await model.call("fleet_create", { agents: [{ branch: "third" }] })).toMatch(/^an agent may have 1 agents/);
});

test("what was asked is answered although nothing more comes", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  const messages = [
    {
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } },
    },
    { id: 2, method: "tools/call", params: { name: "fleet_create", arguments: { agents: [{ branch: "fix" }] } } },
    { id: 3, method: "tools/call", params: { name: "fleet_nothing" } },
  ];
  const stdin = messages.map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`).join("");
  const { stdout, code } = await box.fleet(["mcp"], { cwd, input: `not json\n${stdin}` });
  const ids = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).id);
  expect([code, ids.sort()]).toEqual([0, [1, 2, 3]]);
  expect(registered(box).map(({ branch }) => branch)).toEqual(["fix"]);
});

interface Model extends AsyncDisposable {
  readonly client: Client;
  /** The answer of a tool, or the words of its error. */
  call(tool: string, input: object, onProgress?: (message: string | undefined) => void): Promise<unknown>;
}

/** The public client of the protocol, with a server in the project. */
async function connected(box: Sandbox, words: readonly string[] = [], program = "fleet"): Promise<Model> {
  const cwd = join(box.home, "code/project");
  mkdirSync(cwd, { recursive: true });
  const client = new Client({ name: "test", version: "1" });
  const args = program === "fleet" ? ["mcp", ...words] : [...words];
  await client.connect(
    new StdioClientTransport({ command: join(box.bin, program), args, cwd, env: box.env, stderr: "ignore" }),
  );
  return {
    client,
    async call(name, input, onProgress) {
      const options =
        onProgress === undefined
          ? {}
          : { onprogress: ({ message }: { message?: string | undefined }) => onProgress(message) };
      const result = await client.callTool({ name, arguments: { ...input } }, undefined, options);
      const [{ text }] = result.content as [{ text: string }];
      return result.isError === true ? text : JSON.parse(text);
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
