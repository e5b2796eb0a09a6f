import { expect, test } from "bun:test";
import { doctorLines } from "../../../src/commands/doctor-view.ts";

const checks = [
  { subject: "git", verdict: "fine" as const, finding: "git version 2.39.5 (/usr/bin/git)", remedy: null },
  { subject: "codex", verdict: "advice" as const, finding: "not installed, not needed", remedy: "npm install codex" },
  {
    subject: "sessions",
    verdict: "trouble" as const,
    finding: "tmux ends with all agents when nobody is attached (exit-unattached)",
    remedy: "run tmux set -s exit-unattached off, and take it out of the configuration of tmux",
  },
];

test("on a terminal every line of doctor fits, and what to do stands with what was found", () => {
  expect(doctorLines(checks, 60)).toEqual([
    "ok  git       git version 2.39.5 (/usr/bin/git)",
    "-   codex     not installed, not needed: npm install codex",
    "✗   sessions  tmux ends with all agents when nobody is",
    "              attached (exit-unattached)",
    "              run tmux set -s exit-unattached off, and take",
    "              it out of the configuration of tmux",
  ]);
});

test("in a file or a pipe each check of doctor is one line", () => {
  const lines = doctorLines(checks, undefined);
  expect(lines.map((line) => line.slice(0, 12).trimEnd())).toEqual(["ok  git", "-   codex", "✗   sessions"]);
});

test("a word that is wider than the terminal is left whole", () => {
  const path = `/home/${"x".repeat(40)}/config.toml`;
  expect(doctorLines([{ subject: "config", verdict: "fine", finding: `in ${path}`, remedy: null }], 30)).toEqual([
    "ok  config  in",
    `            ${path}`,
  ]);
});
