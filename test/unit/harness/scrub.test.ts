import { expect, test } from "bun:test";
import { scrub } from "../../helpers/scrub.ts";

const id = "1a2b3c4d";
const otherId = "99999999";
const commit = "0123456789abcdef0123456789abcdef01234567";

const replaced: [string, string][] = [
  ["/tmp/ft-x/home/code", "[ROOT]/home/code"],
  ["/tmp/ft-x/tmux/tmux-1000/ft-x", "[ROOT]/tmux/tmux-[UID]/[SOCKET]"],
  [`fanout-${id}-A1 fanout-${id}-A2`, "fanout-[ID1]-A1 fanout-[ID1]-A2"],
  [`${otherId} ${otherId} ${id} ${otherId}`, "[ID1] [ID1] [ID2] [ID1]"],
  [`main@${commit.slice(0, 7)}, ${commit}`, "main@[SHA], [SHA]"],
  ["session 0b6f2ea8-1c7b-4a51-9d1c-0a4f5e6d7c8b", "session [UUID]"],
  ["pid 4711", "pid [PID]"],
  ['{"pid":4711,"pid": 12}', '{"pid":[PID],"pid": [PID]}'],
  [
    '"cpu_percent":1.5,"memory_bytes":12345678,"memory_percent":0.1',
    '"cpu_percent":[CPU],"memory_bytes":[MEM],"memory_percent":[MEM]',
  ],
  ['"cpu_percent":1.5,"cpu_since_start":true,"ahead":1', '"cpu_percent":[CPU],"ahead":1'],
  ["at 2025-05-31T23:05:00Z in manual-2025-05-31", "at [DATE] in manual-[DAY]"],
  ["  files   .env                    0.0s", "  files   .env  [TIME]"],
  ["idle 3s, 250ms", "idle [TIME], [TIME]"],
  ["tmux 3.3a, git version 2.39.5", "tmux [VERSION], git [VERSION]"],
];

test.each(replaced)("%j is scrubbed", (text, expected) => {
  expect(scrub(text, { root: "/tmp/ft-x" })).toBe(expected);
});

const kept = [
  "setup_timeout = 15m, idle 4m, 3h ago",
  "  two  runs   of blanks",
  "5 agents, 97% done, 0.3G",
  "claude 2.1.330",
  "bcdef",
  "1234567890",
  '"pid":null',
];

test.each(kept)("%j is the same in every run and stays", (text) => {
  expect(scrub(text, { root: "/tmp/ft-x" })).toBe(text);
});

test("a table reads the same however wide its CPU and MEM columns are", () => {
  const narrow = [
    "  BRANCH  STATUS   AGENT   CPU   MEM  AHEAD  AGE",
    "! a       exited   codex     -     -     +1   3s",
    "  b       working  claude  97%  0.3G      -  12s",
  ];
  const wide = [
    "  BRANCH  STATUS   AGENT    CPU     MEM  AHEAD  AGE",
    "! a       exited   codex      -       -     +1   0s",
    "  b       working  claude  ~10%  123.4M      -   9s",
  ];
  const expected = [
    "  BRANCH  STATUS  AGENT  CPU  MEM  AHEAD  AGE",
    "! a  exited  codex  -  -  +1  [TIME]",
    "  b  working  claude  [CPU]  [MEM]  -  [TIME]",
  ].join("\n");
  expect(scrub(narrow.join("\n"), { root: "/tmp/ft-x" })).toBe(expected);
  expect(scrub(wide.join("\n"), { root: "/tmp/ft-x" })).toBe(expected);
});
