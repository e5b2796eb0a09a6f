import { expect, test } from "bun:test";
import type { AgentSignals } from "../../../src/agents/adapter.ts";
import { opencode } from "../../../src/agents/opencode.ts";

const signals = (screen: string): AgentSignals => ({
  pid: 1,
  processStart: "1",
  title: "OC | task",
  screen,
  event: undefined,
  environment: {},
});

test("its screen says what it is doing", () => {
  expect(opencode.state(signals(" \n"))).toEqual({ activity: "starting" });
  expect(opencode.state(signals("  Build · mock-1\n  ⬝⬝⬝⬝ esc interrupt"))).toEqual({ activity: "working" });
  expect(opencode.state(signals("  △ Permission required\n  Allow once"))).toMatchObject({ activity: "waiting" });
  expect(opencode.state(signals("  Build · mock-1\n  ctrl+p commands"))).toEqual({ activity: "idle" });
});
