import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import type { Terminal } from "../helpers/terminal.ts";
import { demoSandbox, registered } from "./agents.ts";

/** How each shell is started without the user's own settings, and told of the completions. */
const shells = {
  bash: {
    argv: ["bash", "--noprofile", "--norc", "-i"],
    load: 'PS1="> "; eval "$(fleet completions bash)"; echo loaded',
  },
  zsh: {
    argv: ["zsh", "-f", "-i"],
    load: 'PS1="> "; autoload -Uz compinit; compinit -u -D; source <(fleet completions zsh); echo loaded',
  },
  fish: {
    argv: ["fish", "--no-config", "-i"],
    load: "function fish_prompt; echo -n '> '; end; fleet completions fish | source; echo loaded",
  },
} as const;

type Shell = keyof typeof shells;

/** A shell at work in a repository with agents, with the completions loaded. */
async function shellWithAgents(box: Sandbox, shell: Shell): Promise<Terminal> {
  const { path } = await box.repository();
  const agents = ["auth-A1:work 0", "auth-A2:work 0", "fix-42:work 0", "it's(1):work 0"];
  await box.fleet(["multi", ...agents, "--batch", "sprint"], { cwd: path });
  // Where a shell expands patterns, it would find these.
  writeFileSync(join(path, "auth-notes"), "");
  const terminal = await box.terminal([...shells[shell].argv], { cwd: path, columns: 160 });
  await enter(terminal, shells[shell].load);
  await terminal.waitFor(/^loaded$/m);
  return terminal;
}

async function enter(terminal: Terminal, line: string): Promise<void> {
  await terminal.type(line);
  await terminal.press("Enter");
}

/** Types the beginning of a line, has it completed, types on, waits for what it has become, and clears it again. */
async function completes(terminal: Terminal, typed: string, becomes: string): Promise<void> {
  await terminal.type(typed);
  await terminal.press("Tab");
  await terminal.type("_");
  await terminal.waitFor(`> ${becomes}_`);
  await terminal.press("C-u");
}

for (const shell of ["bash", "zsh", "fish"] as const) {
  test(`${shell} completes commands, options, branches, batches and agents`, async () => {
    await using box = await demoSandbox();
    const terminal = await shellWithAgents(box, shell);
    await completes(terminal, "fleet cre", "fleet create ");
    await completes(terminal, "flt fan", "flt fanout ");
    await completes(terminal, "fleet config val", "fleet config validate ");
    await completes(
      terminal,
      "fleet create x --prompt-f",
      `fleet create x --prompt-file${shell === "zsh" ? "=" : " "}`,
    );
    await completes(terminal, "fleet kill fi", "fleet kill fix-42 ");
    await completes(terminal, "fleet logs fix-42 au", "fleet logs fix-42 auth-A");
    await completes(terminal, "fleet stop spr", "fleet stop sprint ");
    await completes(terminal, "fleet path it", "fleet path it\\'s\\(1\\) ");
    await completes(terminal, "fleet create x --agent de", "fleet create x --agent demo ");
    await completes(terminal, "fleet completions z", "fleet completions zsh ");
  });
}

for (const shell of ["bash", "zsh", "fish"] as const) {
  test(`${shell} goes to the worktree of an agent with fleet cd`, async () => {
    await using box = await demoSandbox();
    const terminal = await shellWithAgents(box, shell);
    await completes(terminal, "fleet cd fi", "fleet cd fix-42 ");
    await enter(terminal, "fleet cd fix-42 && pwd");
    await terminal.waitFor("/.ai_fleet/worktrees/fix-42\n");
    await enter(terminal, "flt cd nobody || echo still in $(basename $PWD)");
    await terminal.waitFor(/nobody names no agent and no batch[\s\S]*\nstill in fix-42\n/);
    await enter(terminal, "fleet cd --help");
    await terminal.waitFor("usage: fleet cd BRANCH");
  });
}

test("in zsh a pattern needs no quotes", async () => {
  await using box = await demoSandbox();
  const terminal = await shellWithAgents(box, "zsh");
  await enter(terminal, "fleet kill auth-*");
  const screen = await terminal.waitFor("2 of 2 ended.");
  expect(screen).toContain(
    "  auth-A1  ended  branch deleted  nothing of its own\n  auth-A2  ended  branch deleted  nothing of its own",
  );
  expect(
    registered(box)
      .map(({ branch }) => branch)
      .sort(),
  ).toEqual(["fix-42", "it's(1)"]);
});

test("the scripts are the same under both names, and for a shell that is not known there is none", async () => {
  await using box = await demoSandbox();
  for (const shell of ["bash", "zsh", "fish"]) {
    const { stdout } = await box.fleet(["completions", shell]);
    expect(stdout).toContain("__complete");
    expect((await box.flt(["completions", shell])).stdout).toBe(stdout);
    await box.run([shell, "-n"], { input: stdout }).expect();
  }
});

test("completions are written where each shell looks for them, and are found there", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  await box.fleet(["create", "fix-42"], { cwd });
  await box.fleet(["completions", "bash", "--install"]).expect({
    stdout:
      "[ROOT]/home/.local/share/bash-completion/completions/fleet\n[ROOT]/home/.local/share/bash-completion/completions/flt\n",
    stderr: "New shells have it.\n",
  });
  await box.fleet(["completions", "--install"], { env: { SHELL: "/usr/bin/zsh" } }).expect({
    stdout: "[ROOT]/home/.local/share/zsh/site-functions/_fleet\n",
    stderr:
      "New shells have it with this line in ~/.zshrc, above compinit: fpath+=([ROOT]/home/.local/share/zsh/site-functions)\n",
  });
  await box.fleet(["completions", "fish", "--install"]).expect({ stdout: /fleet\.fish\n.*flt\.fish\n/, stderr: /./ });
  const fish = await box.terminal(["fish", "-i", "-C", "function fish_prompt; echo -n '> '; end; echo ready"], {
    cwd,
    columns: 160,
  });
  await fish.waitFor("ready");
  await completes(fish, "flt kill fi", "flt kill fix-42 ");
  const rc = "PS1='> '; fpath+=(~/.local/share/zsh/site-functions); autoload -Uz compinit; compinit -u -D; echo loaded";
  const zsh = await box.terminal(["zsh", "-f", "-i"], { cwd, columns: 160 });
  await enter(zsh, rc);
  await zsh.waitFor(/^loaded$/m);
  await completes(zsh, "fleet kill fi", "fleet kill fix-42 ");
});
