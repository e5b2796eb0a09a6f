import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "../helpers/wait.ts";
import { realAgent } from "./real-agent.ts";
import { scenario, scenarioForAll } from "./scenario.ts";
import { replyTo } from "./script.ts";

scenario("asks for permission, and is answered by fleet", async (agent) => {
  agent.box.env.AI_FLEET_CLAUDE_FLAGS = "--permission-mode default";
  agent.box.env.AI_FLEET_CODEX_FLAGS = "";
  await agent.fleet(["create", "one", "-p", "ask-first touch yes.txt"]);
  await agent.until("one", "waiting");
  const shown = await agent.fleet(["answer", "one"]);
  expect(shown).toMatchObject({ code: 0, stderr: "to answer, run fleet answer one 1\n" });
  expect(shown.stdout).toContain("touch yes.txt\n");
  expect(shown.stdout).toContain("  1  Yes");
  expect(await agent.fleet(["answer", "one", "yes"])).toMatchObject({ code: agent.name === "claude" ? 0 : 2 });
  if (agent.name === "codex") {
    expect(await agent.fleet(["answer", "one", "1"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("answered  Yes, proceed"),
    });
  }
  await agent.until("one", "idle");
  expect(agent.filesCalled("yes.txt")).toHaveLength(1);

  await agent.fleet(["prompt", "one", "ask-first touch no.txt"]);
  await agent.until("one", "waiting");
  expect(await agent.fleet(["answer", "one", "no"])).toMatchObject({ code: 0 });
  await agent.until("one", "idle");
  expect(agent.filesCalled("no.txt")).toEqual([]);
  const asked = await agent.fleet(["prompt", "one", "--wait", "and now?"]);
  expect(asked).toMatchObject({ code: 0, stdout: `${replyTo("and now?")}\n` });
});

scenario("drops what waits in its queue when it is interrupted", async (agent) => {
  await agent.fleet(["create", "one", "--wait", "-p", "get ready now"]);
  await agent.fleet(["prompt", "one", "slow-reply 60000 the long turn"]);
  await agent.until("one", "working");
  for (const prompt of ["slow-reply 60000 queued first", "slow-reply 60000 queued second"]) {
    expect((await agent.fleet(["prompt", "one", prompt])).stdout).toContain("queued");
  }
  expect(await agent.fleet(["interrupt", "one"])).toMatchObject({ code: 0, stdout: "  one  interrupted\n" });
  expect((await agent.listed("one")).status).toBe("idle");
  const urgent = await agent.fleet(["prompt", "one", "--wait", "this is urgent"]);
  expect(urgent).toMatchObject({ code: 0, stdout: `${replyTo("this is urgent")}\n` });
  expect(agent.prompts("one").at(-1)).toBe("this is urgent");
});

scenario("keeps the draft of a person, and takes no prompt meanwhile", async (agent) => {
  await agent.fleet(["create", "one", "--wait", "-p", "get ready now"]);
  await agent.box.tmux.run(["send-keys", "-t", "=ai_one:", "-l", "a draft of mine"]);
  const hasDraft = async () => (await agent.box.tmux.capture("ai_one")).includes("a draft of mine");
  await eventually(hasDraft, { what: "the draft to be shown" });
  expect(await agent.fleet(["prompt", "one", "not now"])).toMatchObject({
    code: 1,
    stdout: '  one  refused  a draft is in its input box: "a draft of mine"  fleet attach one\n',
  });
  expect(await hasDraft()).toBe(true);
  await agent.box.tmux.run(["send-keys", "-t", "=ai_one:", ...Array.from({ length: 3 }, () => "C-u")]);
  await eventually(async () => !(await hasDraft()), { what: "the draft to be gone" });
  const asked = await agent.fleet(["prompt", "one", "--wait", "now it is empty"]);
  expect(asked).toMatchObject({ code: 0, stdout: `${replyTo("now it is empty")}\n` });

  await agent.fleet(["prompt", "one", "slow-reply 60000 a long turn"]);
  await agent.until("one", "working");
  await agent.box.tmux.run(["send-keys", "-t", "=ai_one:", "-l", "a draft of mine"]);
  await eventually(hasDraft, { what: "the draft to be shown" });
  expect(await agent.fleet(["interrupt", "one"])).toMatchObject({ code: 0 });
  expect(await hasDraft()).toBe(true);
});

scenario("runs a command of its own that is handed over raw", async (agent) => {
  await agent.fleet(["create", "one", "--wait", "-p", "get ready now"]);
  const raw = await agent.fleet(["prompt", "one", "--raw", "!touch raw.txt"]);
  expect(raw).toMatchObject({ code: 0, stdout: "  one  submitted  not confirmed: --raw\n" });
  await agent.until("one", "idle");
  await eventually(() => agent.filesCalled("raw.txt").length === 1, { what: "the command to have run" });
});

scenario("takes two prompts at once, both whole", async (agent) => {
  await agent.fleet(["create", "one", "--wait", "-p", "get ready now"]);
  const prompts = ["the first of two\nwith two lines", "the second of two\nwith two lines"];
  const results = await Promise.all(prompts.map((prompt) => agent.fleet(["prompt", "one", prompt])));
  expect(results.map(({ code }) => code)).toEqual([0, 0]);
  expect(await agent.fleet(["wait", "one"])).toMatchObject({ code: 0 });
  const arrived = agent.prompts("one").slice(1).join("\n").split("\n");
  expect(arrived.toSorted()).toEqual(prompts.join("\n").split("\n").toSorted());
});

scenario("runs the user's command when it waits, is done and has ended", async (agent) => {
  agent.box.env.AI_FLEET_CLAUDE_FLAGS = "--permission-mode default";
  agent.box.env.AI_FLEET_CODEX_FLAGS = "";
  const config = join(agent.box.home, ".ai_fleet/config.toml");
  mkdirSync(dirname(config), { recursive: true });
  writeFileSync(config, `[notify]\ncommand = 'echo "$AI_FLEET_STATUS" >>~/news'\n`);
  const news = () => readFileSync(join(agent.box.home, "news"), "utf8").split("\n").filter(Boolean);
  await agent.fleet(["create", "one", "-p", "ask-first touch yes.txt"]);
  await agent.until("one", "waiting");
  await agent.fleet(["answer", "one", "1"]);
  await agent.until("one", "idle");
  const first = agent.name === "claude" ? ["waiting", "idle"] : ["idle"];
  await eventually(() => news().length >= first.length, { what: "the news" });
  expect(news()).toEqual(first);
  process.kill((await agent.listed("one")).pid, "SIGKILL");
  await agent.until("one", "exited");
  await eventually(() => news().length > first.length, { what: "the news of the end" });
  expect(news()).toEqual([...first, "exited"]);
});

scenario("runs nothing that a repository brings and the user has not accepted, and does not ask", async (agent) => {
  const mark = (name: string) => `touch "$HOME/${name}"`;
  const hooks = [{ hooks: [{ type: "command", command: mark("hook-ran") }] }];
  const files = {
    ".mcp.json": JSON.stringify({
      mcpServers: { evil: { command: "sh", args: ["-c", `${mark("server-ran")}; cat`] } },
    }),
    ".claude/settings.json": JSON.stringify({
      hooks: { SessionStart: hooks, Stop: hooks },
      enableAllProjectMcpServers: true,
    }),
    ".codex/config.toml": [
      '[mcp_servers."evil"]',
      'command = "sh"',
      `args = ["-c", '${mark("server-ran")}; cat']`,
      "[[hooks.Stop]]",
      "[[hooks.Stop.hooks]]",
      'type = "command"',
      `command = '${mark("hook-ran")}'\n`,
    ].join("\n"),
  };
  for (const [name, text] of Object.entries(files)) agent.project.write(name, text);
  await agent.project.commit("settings of agents");
  for (const branch of ["one", "two"]) {
    const { stdout, stderr } = await agent.fleet([
      "create",
      branch,
      "--wait",
      "--timeout",
      "30s",
      "-p",
      "what is there?",
    ]);
    expect(stdout).toBe(`${replyTo("what is there?")}\n`);
    expect(stderr).toContain("off, because you have not accepted it in");
    expect(stderr).toMatch(/its hooks(, and with them those of \[notify\])?, the MCP server evil\n/);
  }
  expect(["hook-ran", "server-ran"].filter((name) => existsSync(join(agent.box.home, name)))).toEqual([]);
  await agent.fleet(["kill", "two"]);
  await agent.fleet(["stop", "one"]);
  await agent.fleet(["resume", "one", "-p", "and now?"]);
  expect(await agent.fleet(["wait", "one"])).toMatchObject({ code: 0 });
  expect(["hook-ran", "server-ran"].filter((name) => existsSync(join(agent.box.home, name)))).toEqual([]);
});

scenario("runs what a repository brings when the user has accepted it", async (agent) => {
  const { home } = agent.box;
  const mark = (name: string) => `touch "$HOME/${name}"`;
  if (agent.name === "claude") {
    const hooks = [{ hooks: [{ type: "command", command: mark("hook-ran") }] }];
    const server = { command: "sh", args: ["-c", mark("server-ran")] };
    agent.project.write(".mcp.json", JSON.stringify({ mcpServers: { good: server } }));
    agent.project.write(".claude/settings.json", JSON.stringify({ hooks: { SessionStart: hooks } }));
    const trusted = { hasTrustDialogAccepted: true, enabledMcpjsonServers: ["good"] };
    writeFileSync(join(home, ".claude.json"), JSON.stringify({ projects: { [agent.project.path]: trusted } }));
  } else {
    const server = ["[mcp_servers.good]", 'command = "sh"', `args = ["-c", '${mark("server-ran")}']\n`];
    agent.project.write(".codex/config.toml", server.join("\n"));
    const config = join(home, ".codex/config.toml");
    const projects = `\n[projects."${agent.project.path}"]\ntrust_level = "trusted"\n`;
    writeFileSync(config, readFileSync(config, "utf8") + projects);
  }
  await agent.project.commit("settings of agents");
  const { stderr } = await agent.fleet(["create", "one", "--wait", "--timeout", "30s", "-p", "what is there?"]);
  expect(stderr).not.toContain("off, because");
  const expected = agent.name === "claude" ? ["hook-ran", "server-ran"] : ["server-ran"];
  for (const name of expected) await eventually(() => existsSync(join(home, name)), { what: `${name} to be there` });
});

scenarioForAll("goes on with its conversation after a stop, on a prompt and without", async (agent) => {
  const resumed = { code: 0, stdout: "  one  resumed  with its conversation\n" };
  await agent.fleet(["create", "one", "--wait", "--timeout", "60s", "-p", "my first words"]);
  await agent.fleet(["stop", "one"]);
  expect(await agent.fleet(["resume", "one", "-p", "after a stop"])).toMatchObject(resumed);
  expect(await agent.fleet(["wait", "one", "--timeout", "60s"])).toMatchObject({ code: 0 });
  await agent.fleet(["stop", "one"]);
  expect(await agent.fleet(["resume", "one"])).toMatchObject(resumed);
  await agent.until("one", "idle");
  expect(await agent.fleet(["prompt", "one", "--wait", "and now?"])).toMatchObject({ code: 0 });
  expect(agent.remembered("and now?")).toEqual(["my first words", "after a stop", "and now?"]);
});

scenario("takes what waits behind its turn, or fleet says what it had not taken", async (agent) => {
  await agent.fleet(["create", "one", "--wait", "-p", "get ready now"]);
  await agent.fleet(["prompt", "one", "run-shell sleep 3"]);
  await agent.until("one", "working");
  for (const prompt of ["taken first", "taken second"]) {
    expect((await agent.fleet(["prompt", "one", prompt])).stdout).toContain("queued");
  }
  await agent.until("one", "idle");
  await agent.fleet(["prompt", "one", "slow-reply 60000 the long turn"]);
  await agent.until("one", "working");
  const waiting = ["lost first\n\nwith a second paragraph", "lost second"];
  for (const prompt of waiting) {
    expect((await agent.fleet(["prompt", "one", prompt])).stdout).toContain("queued");
  }
  const said = (stderr: string) => [...stderr.matchAll(/not taken a prompt: "([^"]*)"/g)].map(([, words]) => words);
  const words = waiting.map((prompt) => prompt.replace(/\s+/g, " "));
  expect(said((await agent.fleet(["kill", "one"])).stderr)).toEqual(words);
  const restored = await agent.fleet(["restore", "one"]);
  expect(restored).toMatchObject({
    code: 0,
    stdout: '  one  restored  running again; its last turn was cut off  fleet prompt one "go on"\n',
  });
  expect(said(restored.stderr)).toEqual(words);
  const files = [...restored.stderr.matchAll(/fleet prompt one --file (\S+)/g)].map(([, file = ""]) => file);
  expect(files.map((file) => readFileSync(file, "utf8"))).toEqual(waiting);
  await agent.until("one", "idle");
  for (const file of files)
    expect(await agent.fleet(["prompt", "one", "--wait", "--file", file])).toMatchObject({ code: 0 });
  expect((await agent.fleet(["stop", "one"])).stderr).not.toContain("not taken");
  expect((await agent.fleet(["resume", "one"])).stderr).not.toContain("not taken");
});

test("claude is idle after its turns, and has taken its prompts, where its user keeps no conversations", async () => {
  const agent = await realAgent("claude");
  agent.box.env.CLAUDE_CODE_SKIP_PROMPT_HISTORY = "1";
  await agent.fleet(["create", "one", "-p", "slow-reply 3000 and begin"]);
  await agent.until("one", "working");
  await agent.until("one", "idle");
  expect(await agent.fleet(["wait", "one"])).toMatchObject({ code: 0, stdout: "  one  idle\n" });
  const submitted = "  one  submitted  not confirmed: claude does not say what it receives\n";
  const taken = await agent.fleet(["prompt", "one", "-p", "slow-reply 8000 and go on"]);
  expect(taken).toMatchObject({ code: 0, stdout: submitted });
  await agent.until("one", "working");
  expect(await agent.fleet(["prompt", "one", "-p", "and then end"])).toMatchObject({ code: 0, stdout: submitted });
  expect(await agent.fleet(["wait", "one"])).toMatchObject({ code: 0, stdout: "  one  idle\n" });
  expect(await agent.fleet(["stop", "one"])).toMatchObject({ code: 0, stderr: "" });
  await agent.fleet(["create", "two"]);
  await agent.until("two", "idle");
  expect(await agent.fleet(["prompt", "two", "-p", "begin"])).toMatchObject({
    code: 0,
    stdout: submitted.replace("one", "two"),
  });
  await agent.endAll();
  await agent.end();
});

test("claude is idle when its turn is over and a command of it runs on in the background", async () => {
  const agent = await realAgent("claude");
  const call = 'Bash {"command":"sleep 600","description":"serves","run_in_background":true}';
  await agent.fleet(["create", "one", "-p", `use-tools\n${call}`]);
  expect(await agent.fleet(["wait", "one"])).toMatchObject({ code: 0, stdout: "  one  idle\n" });
  const next = await agent.fleet(["prompt", "one", "--wait", "and go on"]);
  expect(next).toMatchObject({ code: 0, stdout: `${replyTo("and go on")}\n` });
  await agent.endAll();
  await agent.end();
});
