import { expect, test } from "bun:test";
import { type CustomDefinition, customAgent } from "../../../src/agents/custom.ts";
import { requestFor, signalsOf } from "./samples.ts";

function mine(different: Partial<CustomDefinition> = {}) {
  return customAgent("mine", {
    command: "my-agent",
    flags: ["--quiet"],
    prompt: "argument",
    prompt_option: undefined,
    env: { MODEL: "large" },
    ...different,
  });
}

test("it is looked for by its command and known by its name", () => {
  expect(mine()).toMatchObject({ name: "mine", executable: "my-agent" });
});

test("it is started with its own flags and environment", () => {
  expect(mine().commandLine(requestFor({ program: "/opt/my-agent", flags: ["--more"] }))).toEqual({
    argv: ["/opt/my-agent", "--quiet", "--more"],
    environment: { MODEL: "large" },
  });
  expect(mine().describe([]).permission).toBe("as its own settings say");
});

test("it takes its prompt as the user says", () => {
  const channel = (different: Partial<CustomDefinition>) => mine(different).describe([]).prompt;
  expect(channel({ prompt: "argument" })).toEqual({ kind: "argument" });
  expect(channel({ prompt: "stdin" })).toEqual({ kind: "stdin" });
  expect(channel({ prompt: "option", prompt_option: "--task" })).toEqual({ kind: "option", option: "--task" });
  expect(channel({ prompt: "none" })).toBeUndefined();
});

test("its messages are the prompts", () => {
  expect(mine().message("!run /this\r\n")).toBe("!run /this\r\n");
});

test("it does what it says, and without a word nobody knows", () => {
  const at = new Date(0);
  const stateWith = (word: string | undefined) =>
    mine().state(signalsOf({ event: word === undefined ? undefined : { word, reason: "", at } }));
  expect(stateWith("idle")).toEqual({ activity: "idle", since: at });
  expect(stateWith("waiting")).toEqual({ activity: "waiting", since: at });
  expect(stateWith("thinking")).toEqual({ activity: "working", since: at });
  expect(stateWith(undefined)).toEqual({ activity: "unknown", reason: "mine does not say what it is doing" });
});
