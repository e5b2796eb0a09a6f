import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { keptOffClaude } from "../../../src/agents/claude/brought.ts";
import { giveConsent } from "../../../src/agents/claude/consent.ts";
import { keptOffCodex } from "../../../src/agents/codex/brought.ts";
import { noteHooks } from "../../../src/agents/trust-notes.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { requestFor } from "./samples.ts";

/** A home, a main checkout and a worktree with these files. */
function placeWith(files: Readonly<Record<string, unknown>>) {
  const root = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), typeof content === "string" ? content.replaceAll("ROOT", root) : inside(content));
  }
  const inRoot = (name: string) => join(root, name);
  return {
    request: requestFor({
      repository: inRoot("main"),
      worktree: inRoot("worktree"),
      trustNotes: inRoot("trust/claude.json"),
      environment: {},
    }),
    files: { state: inRoot("home/.claude.json"), configDirectory: inRoot("home/.claude") },
    codexHome: inRoot("home/.codex"),
  };

  function inside(content: unknown): string {
    return JSON.stringify(content).replaceAll("ROOT", root);
  }
}

const servers = { mcpServers: { one: { command: "x" }, two: { command: "y" } } };
const claudeHooks = "its hooks, and with them those of [notify]";
const hooks = { hooks: { Stop: [{ hooks: [] }] } };
const trusted = { projects: { "ROOT/main": { hasTrustDialogAccepted: true } } };
const off = (enabled: readonly string[], disabled: readonly string[]) => ({
  enableAllProjectMcpServers: false,
  enabledMcpjsonServers: [...enabled],
  disabledMcpjsonServers: [...disabled],
});

test.each([
  ["nothing", {}, {}, []],
  ["hooks that nobody accepted", { "worktree/.claude/settings.json": hooks }, { disableAllHooks: true }, [claudeHooks]],
  [
    "hooks in a repository that the user trusts",
    { "worktree/.claude/settings.json": hooks, "home/.claude.json": trusted },
    {},
    [],
  ],
  [
    "hooks in a repository that is trusted because fleet said so",
    {
      "worktree/.claude/settings.json": hooks,
      "home/.claude.json": trusted,
      "trust/claude.json": { trusted: ["ROOT/main"] },
    },
    { disableAllHooks: true },
    [claudeHooks],
  ],
  [
    "hooks when nobody can tell who trusted the repository",
    { "worktree/.claude/settings.json": hooks, "home/.claude.json": trusted, "trust/claude.json": "[" },
    { disableAllHooks: true },
    [claudeHooks],
  ],
  [
    "servers, of which one was accepted in the main checkout",
    { "worktree/.mcp.json": servers, "main/.claude/settings.local.json": { enabledMcpjsonServers: ["one"] } },
    off(["one"], ["two"]),
    ["the MCP server two"],
  ],
  [
    "servers of which the repository itself says that they are accepted",
    { "worktree/.mcp.json": servers, "worktree/.claude/settings.json": { enableAllProjectMcpServers: true } },
    off([], ["one", "two"]),
    ["the MCP server one", "the MCP server two"],
  ],
  [
    "servers where the user accepts all",
    { "worktree/.mcp.json": servers, "home/.claude/settings.json": { enableAllProjectMcpServers: true } },
    off(["one", "two"], []),
    [],
  ],
  [
    "its own word for its servers in a file that is the user's",
    {
      "worktree/.mcp.json": servers,
      "worktree/.claude/settings.local.json": { enableAllProjectMcpServers: true, ...hooks },
      "main/.claude/settings.local.json": { enableAllProjectMcpServers: true, ...hooks },
    },
    { ...off([], ["one", "two"]), disableAllHooks: true },
    [claudeHooks, "the MCP server one", "the MCP server two"],
  ],
  ["what does not parse", { "worktree/.mcp.json": "{", "worktree/.claude/settings.json": "[" }, {}, []],
] as const)("of a repository that brings %s, Claude is kept off what was not accepted", (_, given, settings, names) => {
  const { request, files } = placeWith(given);
  expect(keptOffClaude(request, files)).toEqual({ settings, names: [...names] } as never);
});

test("the trust that fleet gives for the user is no consent to hooks, also for the next agent", async () => {
  const { request, files } = placeWith({ "worktree/.claude/settings.json": hooks });
  await giveConsent(files.state, request);
  expect(JSON.parse(readFileSync(request.trustNotes, "utf8"))).toEqual({ trusted: [request.repository], hooks: [] });
  expect(keptOffClaude(request, files).names).toEqual([claudeHooks]);
  noteHooks(request.trustNotes, request.repository, true);
  expect(keptOffClaude(request, files).names).toEqual([]);
  noteHooks(request.trustNotes, request.repository, false);
  expect(keptOffClaude(request, files).names).toEqual([claudeHooks]);
});

const codexFile = `[mcp_servers.one]\ncommand = "x"\n[[hooks.PreToolUse]]\n[[hooks.PreToolUse.hooks]]\ntype = "command"\n`;
const accepted = '[hooks.state."ROOT/main/.codex/config.toml:pre_tool_use:0:0"]\ntrusted_hash = "sha256:1"\n';
const withoutServer = ["-c", 'mcp_servers={"one"={command="true",enabled=false}}'];

test.each([
  ["nothing", {}, [], []],
  [
    "a server and a hook",
    { "worktree/.codex/config.toml": codexFile },
    ["--disable", "hooks", ...withoutServer],
    ["its hooks", "the MCP server one"],
  ],
  [
    "a hook that was accepted in the main checkout",
    {
      "worktree/.codex/config.toml": codexFile,
      "main/.codex/config.toml": codexFile,
      "home/.codex/config.toml": accepted,
    },
    withoutServer,
    ["the MCP server one"],
  ],
  [
    "both, and the user trusts the repository",
    {
      "worktree/.codex/config.toml": codexFile,
      "main/.codex/config.toml": codexFile,
      "home/.codex/config.toml": `${accepted}[projects."ROOT/main"]\ntrust_level = "trusted"\n`,
    },
    [],
    [],
  ],
  [
    "another hook where one was accepted",
    {
      "worktree/.codex/config.toml": codexFile,
      "main/.codex/config.toml": `${codexFile}command = "x"\n`,
      "home/.codex/config.toml": accepted,
    },
    ["--disable", "hooks", ...withoutServer],
    ["its hooks", "the MCP server one"],
  ],
  ["hooks in a file of their own", { "worktree/.codex/hooks.json": "{}" }, ["--disable", "hooks"], ["its hooks"]],
] as const)("of a repository that brings %s, Codex is kept off what was not accepted", (_, given, flags, names) => {
  const { request, codexHome } = placeWith(given);
  expect(keptOffCodex(request, codexHome)).toEqual({ flags: [...flags], names: [...names] });
});

test("nobody is started without hooks of his own because of those that a repository brings", () => {
  const own = placeWith({ "worktree/.claude/settings.json": hooks, "home/.claude/settings.json": hooks });
  expect(() => keptOffClaude(own.request, own.files)).toThrow(
    "claude cannot be started without them but with your own",
  );
  const codexOwn = placeWith({
    "worktree/.codex/config.toml": codexFile,
    "home/.codex/config.toml": "[[hooks.Stop]]\n",
  });
  expect(() => keptOffCodex(codexOwn.request, codexOwn.codexHome)).toThrow("codex cannot be started without them");
});
