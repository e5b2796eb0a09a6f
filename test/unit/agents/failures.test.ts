import { afterAll, beforeAll, expect, setSystemTime, test } from "bun:test";
import { claude } from "../../../src/agents/claude/claude.ts";
import { codex } from "../../../src/agents/codex/codex.ts";
import { gemini } from "../../../src/agents/gemini/gemini.ts";
import { opencode } from "../../../src/agents/opencode/opencode.ts";
import { homeWith, idleIn, opencodeHome, type Recorded, rowsOf } from "./recordings.ts";

const { TZ } = process.env;

/** A day on which times of the recordings are not those of today, in the time zone that the expectations are in. */
beforeAll(() => {
  process.env.TZ = "UTC";
  setSystemTime(new Date("2026-11-26T12:00:00Z"));
});
afterAll(() => {
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
  setSystemTime();
});

const agents = { claude, codex, gemini, opencode };

/** What the real agents wrote when their model failed like this, and the reason that is given for it. */
const failures: Readonly<Record<Recorded, Readonly<Record<string, string>>>> = {
  claude: {
    400: "model refused (400): messages: text content blocks must be non-empty",
    401: "key rejected (401)",
    403: "model refused (403): Your API key does not have permission to use the specified resource.",
    404: "model refused (404): There's an issue with the selected model (claude-opus-5-5). It may not exist or you may not have access to it. Run /mod…",
    429: "rate limited",
    500: "server error (500)",
    529: "model overloaded (529)",
    credit: "quota used up",
    limit: "quota used up, again on 24 Nov at 13:29",
    "no-login": "login missing",
    refused: "network: connection refused",
  },
  codex: {
    400: "model refused: Invalid value for 'input'.",
    401: "key rejected (401)",
    403: "model refused (403): Country, region, or territory not supported",
    404: "model refused: The model 'none' does not exist or you do not have access to it.",
    429: "rate limited",
    500: "server error",
    503: "model overloaded",
    529: "model overloaded (529)",
    "no-login": "login missing",
    limit: "quota used up, again on 24 Nov at 13:29",
    quota: "quota used up",
  },
  gemini: {
    400: "model refused (400): Request contains an invalid argument.",
    401: "key rejected (401)",
    403: "model refused (403): The caller does not have permission",
    "no-login": "login missing",
  },
  opencode: {
    404: "model refused (404): The model 'none' does not exist or you do not have access to it.",
  },
};

for (const [agent, reasons] of Object.entries(failures) as [Recorded, Record<string, string>][]) {
  for (const [name, reason] of Object.entries(reasons)) {
    test(`${agent} after ${name} has an error: ${reason}`, () => {
      const home = agent === "opencode" ? opencodeHome(name) : homeWith(agent, rowsOf(agent, name));
      const state = agents[agent].state(idleIn(agent, home));
      expect(state).toMatchObject({ activity: "error", reason, detail: { kind: "failure", text: reason } });
      expect(state.since?.toISOString()).toStartWith("2026-11-24T12:");
    });
  }
}

const fine: readonly (readonly [Exclude<Recorded, "opencode">, string])[] = [
  ["claude", "tool"],
  ["claude", "interrupted"],
  ["claude", "rejected"],
  ["codex", "tool"],
  ["codex", "interrupted"],
  ["codex", "rejected"],
  ["gemini", "tool"],
  ["gemini", "interrupted"],
  ["gemini", "rejected"],
];

for (const [agent, name] of fine) {
  test(`${agent} is idle after a turn that was like this: ${name}`, () => {
    const rows = rowsOf(agent, name);
    expect(agents[agent].state(idleIn(agent, homeWith(agent, rows))).activity).toBe("idle");
    // Also when the turn before had met an error.
    expect(agents[agent].state(idleIn(agent, homeWith(agent, rowsOf(agent, "401") + rows))).activity).toBe("idle");
  });
}

for (const name of ["tool", "interrupted"]) {
  test(`opencode is idle after a turn that was like this: ${name}`, () => {
    expect(opencode.state(idleIn("opencode", opencodeHome(name))).activity).toBe("idle");
  });
}

test("an error is told as one while its row is being written", () => {
  const rows = rowsOf("claude", "401");
  const torn = `${rows}{"type":"user","mess`;
  expect(claude.state(idleIn("claude", homeWith("claude", torn))).activity).toBe("error");
  expect(claude.state(idleIn("claude", homeWith("claude", rows.slice(0, -50)))).activity).toBe("idle");
});
