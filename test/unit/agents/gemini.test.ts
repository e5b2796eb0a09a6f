import { expect, test } from "bun:test";
import type { AgentSignals } from "../../../src/agents/adapter.ts";
import { gemini } from "../../../src/agents/gemini.ts";

const request = {
  program: "/bin/gemini",
  flags: ["--yolo"],
  repository: "/code/project",
  sessionId: "",
  statusFile: "",
  notifier: undefined,
  environment: {},
  superuser: false,
};

const signals = (title: string): AgentSignals => ({
  pid: 1,
  processStart: "1",
  title,
  screen: "",
  event: undefined,
  environment: {},
});

test("it trusts the worktree on its command line and takes the prompt as an option", () => {
  expect(gemini.plan(request)).toMatchObject({
    argv: ["/bin/gemini", "--yolo", "--skip-trust"],
    prompt: { kind: "option", option: "-i" },
    permission: "never asks (gemini_flags)",
  });
  expect(gemini.plan({ ...request, flags: [] }).permission).toBe("asks before it acts (gemini_flags)");
});

test("its title says what it is doing", () => {
  expect(gemini.state(signals("✦  Working… (fix-42)"))).toEqual({ activity: "working" });
  expect(gemini.state(signals("✋  Action Required (fix-42)"))).toMatchObject({ activity: "waiting" });
  expect(gemini.state(signals("◇  Ready (fix-42)"))).toEqual({ activity: "idle" });
  expect(gemini.state(signals("some-host"))).toEqual({ activity: "starting" });
});

test("a prompt is text, also when it looks like a command", () => {
  expect(gemini.message("!touch pwned")).toBe("Task: !touch pwned");
  expect(gemini.message("/quit")).toBe("Task: /quit");
  expect(gemini.message("/etc/hosts is broken")).toBe("/etc/hosts is broken");
});
