import { expect, test } from "bun:test";
import { findAgent, knownAgents } from "../../../src/agents/catalog.ts";
import type { CustomDefinition } from "../../../src/agents/custom.ts";
import { requestFor } from "./samples.ts";

const definition: CustomDefinition = {
  command: "my-agent",
  flags: [],
  prompt: "argument",
  prompt_option: undefined,
  env: {},
};

test("the agents that are known are ours, then the user's", () => {
  const ours = ["claude", "codex", "gemini", "opencode", "qwen", "copilot", "demo"];
  expect(knownAgents({}).map(({ name }) => name)).toEqual(ours);
  expect(knownAgents({ mine: definition }).map(({ name }) => name)).toEqual([...ours, "mine"]);
});

test("an agent is found by its name, and by the other spelling of it", () => {
  expect(findAgent("claude", {})?.name).toBe("claude");
  expect(findAgent("codecs", {})?.name).toBe("codex");
  expect(findAgent("mine", { mine: definition })?.executable).toBe("my-agent");
});

test("what the user describes replaces what is ours, and is found before another spelling", () => {
  expect(findAgent("claude", { claude: definition })?.executable).toBe("my-agent");
  const others = ["codex", "gemini", "opencode", "qwen", "copilot", "demo"];
  expect(knownAgents({ claude: definition }).map(({ name }) => name)).toEqual([...others, "claude"]);
  expect(findAgent("codecs", { codecs: definition })?.executable).toBe("my-agent");
});

test("no other name finds an agent", () => {
  for (const name of ["", "Claude", "toString", "constructor", "__proto__"])
    expect(findAgent(name, {})).toBeUndefined();
});

test("a table for one of ours sets its flags and variables, and leaves it what it is", () => {
  const table = { flags: ["--model", "x"], prompt: "none" as const, prompt_option: undefined, env: { A: "b" } };
  const own = findAgent("qwen", { qwen: { command: "qwen", ...table } });
  expect(own?.configuredFlags).toEqual(["--model", "x"]);
  expect(own?.commandLine(requestFor()).environment).toEqual({ A: "b" });
  expect(own?.describe([]).prompt).toEqual({ kind: "option", option: "-i" });
  expect(findAgent("qwen", { qwen: { command: "other", ...table } })?.describe([]).prompt).toBeUndefined();
});
