import { expect, test } from "bun:test";
import { runCommand } from "citty";
import fc from "fast-check";
import { understand } from "../../../src/cli/argv.ts";
import type { Application } from "../../../src/commands/application.ts";
import { defineFleetCommand, type Invocation } from "../../../src/commands/definition.ts";
import { FleetError } from "../../../src/errors.ts";

interface Received {
  readonly args: Readonly<Record<string, unknown>>;
  readonly invocation: Invocation;
}

let received: Received | undefined;

const command = defineFleetCommand({
  name: "create",
  args: {
    branch: { type: "positional", description: "branch" },
    more: { type: "positional", required: false, variadic: true, description: "more branches" },
    prompt: { type: "string", alias: "p", description: "prompt" },
    "prompt-file": { type: "string", description: "file" },
    label: { type: "string", alias: "l", repeatable: true, description: "labels" },
    timeout: { type: "string", default: "15m", description: "time" },
    status: { type: "enum", options: ["idle", "working"], description: "status" },
    setup: { type: "boolean", default: true, description: "no setup" },
    attach: { type: "boolean", description: "attach" },
    "dry-run": { type: "boolean", alias: "d", description: "only show" },
  },
  async run(args, invocation) {
    received = { args, invocation };
    return 124;
  },
});

/** Strings that parsers stumble over, beside any others. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "",
    "-",
    "--",
    "---",
    "-h",
    "--help",
    "--json",
    "-C",
    "=",
    "=x",
    "--prompt",
    "--prompt=x",
    "--no-setup",
  ),
  fc.constantFrom(
    "--no-verify is bad",
    "--_",
    "__proto__",
    "-p",
    "true",
    "false",
    "0",
    "007",
    "1e3",
    "a\nb",
    "'",
    '"',
    "$HOME",
  ),
  fc.string({ maxLength: 10 }).map((rest) => `--${rest}`),
  fc.string({ maxLength: 10 }).map((rest) => `-${rest}`),
);

/** Runs the words as the program does: our tokenizer, then citty. */
async function run(words: readonly string[]): Promise<Received> {
  received = undefined;
  const { canonical, global: _, ...rest } = understand(words, command.help);
  const data: Invocation = { application: {} as Application, ...rest };
  const { result } = await runCommand(command.definition, { rawArgs: [...canonical], data });
  expect(result).toBe(124);
  if (received === undefined) throw new Error("the command did not run");
  return received;
}

test("any text arrives byte for byte as the value of an option, however it is given", async () => {
  await fc.assert(
    fc.asyncProperty(text, text, async (prompt, file) => {
      for (const words of [
        ["--prompt", prompt, "fix", "--prompt-file", file],
        [`--prompt=${prompt}`, `--prompt-file=${file}`, "fix"],
        ["-p", prompt, "fix", `--prompt-file=${file}`],
        ["-dp", prompt, "fix", `--prompt-file=${file}`],
        [`-p=${prompt}`, "--prompt-file", file, "--", "fix"],
      ]) {
        const { args } = await run(words);
        expect([args.branch, args.prompt, args["prompt-file"]]).toEqual(["fix", prompt, file]);
        expect([args.setup, args.attach, args.timeout]).toEqual([true, undefined, "15m"]);
      }
    }),
  );
});

test("any text arrives byte for byte as an operand after --", async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.array(text), async (branch, more) => {
      const { args, invocation } = await run(["--no-setup", "--", branch, ...more]);
      expect(args.branch).toBe(branch);
      expect(args.more).toBe(more[0]);
      expect(args.setup).toBe(false);
      expect(args.prompt).toBeUndefined();
      expect(invocation.operands).toEqual([branch, ...more]);
    }),
  );
});

test("every value of a repeatable option arrives byte for byte", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1 }), async (labels) => {
      const { invocation } = await run(["fix", ...labels.flatMap((label) => ["--label", label])]);
      expect(invocation.repeated).toEqual({ label: labels });
    }),
  );
});

test("switches, choices and defaults arrive as they were declared", async () => {
  const all = await run(["fix", "-d", "--attach", "--no-setup", "--status", "idle", "--timeout=1h"]);
  expect(all.args).toMatchObject({ "dry-run": true, attach: true, setup: false, status: "idle", timeout: "1h" });
  const none = await run(["fix"]);
  expect(none.args).toMatchObject({ setup: true, timeout: "15m" });
  expect([none.args.attach, none.args.status, none.args.more]).toEqual([undefined, undefined, undefined]);
});

test("whatever is typed is either understood or refused as a usage error", () => {
  fc.assert(
    fc.property(fc.array(text), (words) => {
      try {
        understand(words, command.help);
      } catch (error) {
        expect(error).toBeInstanceOf(FleetError);
        expect((error as FleetError).kind).toBe("usage");
        expect((error as FleetError).message).not.toInclude("\n");
      }
    }),
    { numRuns: 500 },
  );
});
