import { expect, test } from "bun:test";
import { type LeafRow, tableOf } from "../../../src/cli/command-rows.ts";
import { renderBash } from "../../../src/cli/completions/bash.ts";
import { renderFish } from "../../../src/cli/completions/fish.ts";
import { fill } from "../../../src/cli/completions/template.ts";
import { completionTree } from "../../../src/cli/completions/tree.ts";
import { renderZsh } from "../../../src/cli/completions/zsh.ts";
import { defineFleetCommand } from "../../../src/commands/definition.ts";
import { commands, described } from "./samples.ts";

const tree = completionTree(commands, described);
const scripts = { bash: renderBash(tree), zsh: renderZsh(tree), fish: renderFish(tree) };

test("every script is for both names of the program", () => {
  expect(scripts.bash).toContain("complete -F _fleet fleet flt\n");
  expect(scripts.zsh).toStartWith("#compdef fleet flt\n");
  expect(scripts.zsh).toContain("compdef _fleet fleet flt\n");
  expect(scripts.fish).toContain("complete -c flt -w fleet\n");
});

test("zsh leaves patterns to the program", () => {
  expect(scripts.zsh).toContain("\nalias fleet='noglob fleet'\nalias flt='noglob flt'\n");
});

test("no script keeps a mark of its template or knows of a hidden command as a word", () => {
  for (const script of Object.values(scripts)) {
    expect(script).not.toMatch(/@\w+@/);
    expect(script).not.toMatch(/'>?__complete/);
    expect(script).toEndWith("\n");
  }
});

test("bash knows commands, options, values and operands", () => {
  for (const line of [
    "  '>list' | '>ls' | '>ps') path='list' ;;",
    "  'config>show') path='config show' ;;",
    "  *' -C' | *' --directory') offer='directories' ;;",
    "  'create -a' | 'create --agent') offer='agents' ;;",
    "  'create --prompt-file') offer='files' ;;",
    "  'list -s' | 'list --status') offer='= idle working error' ;;",
    "  ' 0') offer='= create list logs prompt exec config completions help' ;;",
    "  'create 0') offer='branches' ;;",
    "  'exec '*) offer='targets' ;;",
    "  'completions 0') offer='= bash zsh fish' ;;",
    "  'config') offer='= --json --directory --trace --help' ;;",
  ]) {
    expect(scripts.bash).toContain(`\n${line}\n`);
  }
});

test("zsh knows commands, options, values and operands", () => {
  for (const line of [
    "    'create:start an agent on a branch of its own'",
    "    list | ls | ps) _fleet_list ;;",
    "    show) _fleet_config_show ;;",
    "    '(-a --agent)--agent=[agent to start]:NAME:__fleet_offer agents' \\",
    "    '*-l+[label of the agent]:LABEL: ' \\",
    "    '(-s --status)-s+[only these]:STATUS:(idle working error)' \\",
    "    '--no-setup[do not run the setup commands]' \\",
    "    '(-C --directory)-C+[act as if started in DIR]:DIR:_files -/' \\",
    "    '1:BRANCH:__fleet_offer branches'",
    "    '*:PATTERN:__fleet_offer targets'",
  ]) {
    expect(scripts.zsh).toContain(`\n${line}\n`);
  }
});

test("fish knows commands, options, values and operands", () => {
  for (const line of [
    "complete -c fleet -n '__fleet_at \\'\\' 0 0' -a 'create' -d 'start an agent on a branch of its own'",
    "complete -c fleet -n '__fleet_at \\'config\\' 0 0' -a 'show' -d 'show every value'",
    "complete -c fleet -n '__fleet_at \\'create\\'' -s a -l agent -x -a '(__fleet_offer agents)' -d 'agent to start'",
    "complete -c fleet -n '__fleet_at \\'create\\'' -l prompt-file -r -F -d 'file with the first message'",
    "complete -c fleet -n '__fleet_at \\'exec\\' 0' -a '(__fleet_offer targets)'",
    "complete -c fleet -n '__fleet_at \\'completions\\' 0 0' -a 'bash zsh fish'",
  ]) {
    expect(scripts.fish).toContain(`\n${line}\n`);
  }
});

test("descriptions cannot end the quotes or the specification they stand in", () => {
  const { help } = defineFleetCommand({
    name: "odd",
    args: { all: { type: "boolean", description: "the agent's 'all' [all]: $(all)" } },
    run: async () => 0,
  });
  const row: LeafRow = {
    name: "odd",
    aliases: [],
    group: "Start",
    summary: "what's `odd`",
    load: () => Promise.reject(new Error("not needed")),
  };
  const odd = completionTree(tableOf([row]), [{ row, help }]);
  expect(renderZsh(odd)).toContain("'--all[the agent'\\''s '\\''all'\\'' \\[all\\]\\: $(all)]'");
  expect(renderZsh(odd)).toContain("'odd:what'\\''s `odd`'");
  expect(renderFish(odd)).toContain("-l all -d 'the agent\\'s \\'all\\' [all]: $(all)'");
});

test("what is put into a template is not read as a template", () => {
  expect(fill("  @lines@\nset @words@\n", { lines: ["$&", "$1"], words: ["$&", "x"] })).toBe("  $&\n  $1\nset $& x\n");
});
