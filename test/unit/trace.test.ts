import { expect, test } from "bun:test";
import { traceLine } from "../../src/system/trace.ts";

const traced = { directory: "/home/ada/shop", begun: new Date(0), milliseconds: 4.25, exitCode: 0 };

test("a line of a trace has the time, how long it took, the exit code, the words and the directory", () => {
  expect(traceLine({ ...traced, argv: ["git", "rev-parse", "--show-toplevel"] })).toBe(
    "1970-01-01T00:00:00.000Z  4.3 ms  exit 0  git rev-parse --show-toplevel  in /home/ada/shop",
  );
  expect(traceLine({ ...traced, argv: ["tmux", "-V"], directory: undefined, exitCode: undefined })).toEndWith(
    "  goes on  tmux -V",
  );
});

test("of what a user wrote, and of secrets, a trace has the length only", () => {
  const argv = [
    "tmux",
    "new-session",
    "-e",
    "TOKEN=hunter2",
    "-eKEY=abc",
    "fix the login",
    "x".repeat(121),
    "",
    "--token=t0",
    "https://u:p@host/x",
  ];
  expect(traceLine({ ...traced, argv })).toContain(
    "tmux new-session -e TOKEN=<7 characters> -eKEY=<3 characters> <13 characters> <121 characters> <0 characters> <10 characters> <18 characters>  in",
  );
});
