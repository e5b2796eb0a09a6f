import { expect, test } from "bun:test";
import { claudeRetry } from "../../../src/agents/claude/screen.ts";
import { codexRetry } from "../../../src/agents/codex/screen.ts";

const box = "\n────────────\n❯ \n────────────\n  ⏵⏵ bypass permissions on (shift+tab to cycle) · esc to interrupt\n";

const claudes: readonly (readonly [string, string | undefined])[] = [
  ["✻ 429 This request would exceed your rate limit. · retrying in 8s · attempt 4/10", "retrying in 8s: rate limited"],
  ["✶ 529 Overloaded · retrying in 2s · attempt 3/10", "retrying in 2s: model overloaded (529)"],
  [
    "✢ Connection refused — a firewall or proxy may be blocking it (ECONNREFUSED) · retrying in 16s · attempt 5/10",
    "retrying in 16s: network: connection refused",
  ],
  ["✻ Burrowing… (1m 2s)", undefined],
  ["● I am retrying in 3 different ways", undefined],
];

for (const [line, reason] of claudes) {
  test(`claude's ${JSON.stringify(line)} is ${reason ?? "nothing of that kind"}`, () => {
    expect(claudeRetry(`❯ do it\n${line}${box}`)?.reason).toBe(reason as string);
  });
}

const codexes: readonly (readonly [string, string | undefined])[] = [
  [
    "• Reconnecting... 5/5 (12s • esc to interrupt)\n  └ We’re currently experiencing high demand, which may cause temporary errors.",
    "retrying: model overloaded",
  ],
  [
    "• Reconnecting... waiting for network (1m 2s • esc to interrupt)\n  └ Connection failed: error sending request",
    "retrying: network: no connection",
  ],
  [
    "• Server is busy, reconnecting 1/5 (1m 2s • esc to interrupt)\n  └ Exceeded retry limit, last status: 429 Too Many Requests",
    "retrying: rate limited",
  ],
  ["• Working (2s • esc to interrupt)\n  └ npm test", undefined],
];

for (const [lines, reason] of codexes) {
  test(`codex's ${JSON.stringify(lines)} is ${reason ?? "nothing of that kind"}`, () => {
    expect(codexRetry(`› do it\n${lines}\n› Ask Codex to do anything\n`)?.reason).toBe(reason as string);
  });
}
