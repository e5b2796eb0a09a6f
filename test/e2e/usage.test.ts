import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { demoSandbox, everythingIn, fleetHome } from "./agents.ts";

/** What cannot be meant, and the two lines that say so. */
type Mistake = readonly [words: readonly string[], problem: string, hint: string];

const noAgent = "to see which there are, run fleet list; for all of them, add --all";
const asText = "to give it as the prompt, run fleet create a -p 'fix it'; ";

const mistakes: Readonly<Record<string, readonly Mistake[]>> = {
  fleet: [
    [["toString"], "unknown command toString", "see fleet --help"],
    [["constructor"], "unknown command constructor", "see fleet --help"],
    [["__proto__"], "unknown command __proto__", "see fleet --help"],
    [["hasOwnProperty", "x"], "unknown command hasOwnProperty", "see fleet --help"],
    [[""], 'unknown command ""', "see fleet --help"],
    [
      ["creat", "x"],
      "unknown command creat; did you mean fleet create?",
      "if so, run fleet create x; see fleet --help",
    ],
    [["LIST"], "unknown command LIST; did you mean fleet list?", "see fleet --help"],
    [["status"], "unknown command status; did you mean fleet list?", "see fleet --help"],
    [["new", "x"], "unknown command new; did you mean fleet create?", "if so, run fleet create x; see fleet --help"],
    [["run", "x"], "unknown command run; did you mean fleet create?", "if so, run fleet create x; see fleet --help"],
    [["send", "x"], "unknown command send; did you mean fleet prompt?", "if so, run fleet prompt x; see fleet --help"],
    [["delete", "x"], "unknown command delete; did you mean fleet kill?", "if so, run fleet kill x; see fleet --help"],
    [
      ["cd", "x"],
      "this shell has not loaded the completions, which fleet cd is a part of",
      'without them: cd "$(fleet path x)"; to load them, see fleet completions --help',
    ],
    [["top"], "unknown command top; did you mean fleet list?", "see fleet --help"],
    [["--frob"], "unknown option --frob", "the options of a command go after its name; see fleet --help"],
    [["-q", "list"], "unknown option -q", "the options of a command go after its name; see fleet --help"],
    [["--versoin"], "unknown option --versoin; did you mean --version?", "see fleet --help"],
    [["-C"], "no command in -C", "see fleet --help"],
    [["-C", "/nowhere", "list"], '-C: there is no directory "/nowhere"', "to see where you are, run pwd"],
  ],
  create: [
    [["create"], "fleet create needs BRANCH", "see fleet create --help"],
    [["create", "a", "fix", "it"], "unexpected fix", `${asText}see fleet create --help`],
    [["create", "a", "fix it"], 'unexpected "fix it"', `${asText}see fleet create --help`],
    [["create", "a", "--promt", "x"], "unknown option --promt; did you mean --prompt?", "see fleet create --help"],
    [["create", "a", "--promt=x"], "unknown option --promt; did you mean --prompt?", "see fleet create --help"],
    [["create", "a", "--zzz"], "unknown option --zzz", "to pass it as text, give it to -p; see fleet create --help"],
    [["create", "a", "-p"], "-p needs a value: -p TEXT", "see fleet create --help"],
    [["create", "a", "-p", "x", "--prompt", "y"], "--prompt is given twice", "see fleet create --help"],
    [["create", "a", "--quick", "--quick"], "--quick is given twice", "see fleet create --help"],
    [["create", "a", "--detach=yes"], "--detach takes no value", "see fleet create --help"],
    [["create", "a", "--agent"], "--agent needs a value: --agent NAME", "see fleet create --help"],
    [["create", "a", "-C"], "-C needs a value: -C DIR", "see fleet create --help"],
  ],
  fanout: [
    [["fanout"], "fleet fanout needs N", "see fleet fanout --help"],
    [["fanout", "x", "-p", "y"], 'N is a number of agents from 1 to 500, not "x"', "see fleet fanout --help"],
    [["fanout", "0", "-p", "y"], 'N is a number of agents from 1 to 500, not "0"', "see fleet fanout --help"],
    [["fanout", "501", "-p", "y"], 'N is a number of agents from 1 to 500, not "501"', "see fleet fanout --help"],
    [["fanout", "1e1", "-p", "y"], 'N is a number of agents from 1 to 500, not "1e1"', "see fleet fanout --help"],
    [["fanout", "3"], "fanout needs a prompt", "to give one, run fleet fanout 3 -p PROMPT"],
    [["fanout", "3", "a", "b", "-p", "y"], "unexpected b", "see fleet fanout --help"],
    [["fanout", "3", "--continu"], "unknown option --continu; did you mean --continue?", "see fleet fanout --help"],
  ],
  multi: [
    [["multi"], "no task is given", "see fleet multi --help"],
    [
      ["multi", "x"],
      '"x" is not BRANCH:PROMPT',
      'a branch, a colon and a prompt in one word: fleet multi x:"what to do"',
    ],
    [
      ["multi", "a:b", "x:"],
      '"x:" is not BRANCH:PROMPT',
      'a branch, a colon and a prompt in one word: fleet multi BRANCH:"what to do"',
    ],
    [
      ["multi", ":y"],
      '":y" is not BRANCH:PROMPT',
      'a branch, a colon and a prompt in one word: fleet multi BRANCH:"what to do"',
    ],
    [
      ["multi", "x:  "],
      '"x:  " is not BRANCH:PROMPT',
      'a branch, a colon and a prompt in one word: fleet multi BRANCH:"what to do"',
    ],
    [["multi", "--file", "a", "--file", "b"], "--file is given twice", "see fleet multi --help"],
  ],
  list: [
    [["list", "--frob"], "unknown option --frob", "see fleet list --help"],
    [["ls", "--quite"], "unknown option --quite; did you mean --quiet?", "see fleet list --help"],
    [["ps", "-x"], "unknown option -x", "see fleet list --help"],
    [["list", "-qq"], "-q is given twice", "see fleet list --help"],
    [["list", "-q=1"], "-q takes no value", "see fleet list --help"],
    [["list", "-C"], "-C needs a value: -C DIR", "see fleet list --help"],
  ],
  prompt: [
    [["prompt"], "no agent and no message is given", "see fleet prompt --help"],
    [["prompt", "a message"], "no agent is named", noAgent],
    [["prompt", "a", "--frob"], "unknown option --frob", "to pass it as text, give it to -p; see fleet prompt --help"],
    [["prompt", "a", "-p"], "-p needs a value: -p TEXT", "see fleet prompt --help"],
  ],
  logs: [
    [["logs"], "no agent is named", noAgent],
    [["logs", "x", "-n"], "-n needs a value: -n N", "see fleet logs --help"],
    [["logs", "x", "-n", "many"], '-n takes a number of lines, not "many"', "see fleet logs --help"],
    [["logs", "x", "-n", "-5"], '-n takes a number of lines, not "-5"', "see fleet logs --help"],
    [["logs", "x", "--folow"], "unknown option --folow; did you mean --follow?", "see fleet logs --help"],
  ],
  attach: [
    [["attach", "a", "b"], "unexpected b", "see fleet attach --help"],
    [["attach", "--read"], "unknown option --read; did you mean --read-only?", "see fleet attach --help"],
  ],
  diff: [
    [["diff"], "no agent is named", "to see which there are, run fleet list; for all of them, add --all"],
    [["diff", "a", "--stats"], "unknown option --stats; did you mean --stat?", "see fleet diff --help"],
  ],
  path: [
    [["path"], "fleet path needs BRANCH", "see fleet path --help"],
    [["path", "a", "b"], "unexpected b", "see fleet path --help"],
  ],
  wait: [
    [["wait"], "no agent is named", noAgent],
    [["wait", "a", "--timeuot", "5"], "unknown option --timeuot; did you mean --timeout?", "see fleet wait --help"],
  ],
  exec: [
    [["exec"], "fleet exec needs -- COMMAND [ARGUMENT...]", "see fleet exec --help"],
    [["exec", "a", "--"], "fleet exec needs -- COMMAND [ARGUMENT...]", "see fleet exec --help"],
  ],
  answer: [
    [["answer"], "fleet answer needs BRANCH", "see fleet answer --help"],
    [["answer", "a", "1", "2"], "unexpected 2", "see fleet answer --help"],
  ],
  interrupt: [[["interrupt"], "no agent is named", noAgent]],
  stop: [
    [["stop"], "no agent is named", noAgent],
    [["stop", "--yess"], "unknown option --yess; did you mean --yes?", "see fleet stop --help"],
  ],
  kill: [
    [["kill"], "no agent is named", noAgent],
    [["rm", "--exept", "x"], "unknown option --exept; did you mean --except?", "see fleet kill --help"],
    [["kill", "x", "-y", "-y"], "-y is given twice", "see fleet kill --help"],
    [["kill", "x", "--batch"], "--batch needs a value: --batch ID", "see fleet kill --help"],
  ],
  config: [
    [["config", "frob"], "unknown command config frob", "see fleet config --help"],
    [["config", "sho"], "unknown command config sho; did you mean fleet config show?", "see fleet config --help"],
    [["config", "toString"], "unknown command config toString", "see fleet config --help"],
    [["config", "show", "x"], "unexpected x", "see fleet config show --help"],
    [["config", "edit", "x"], "unexpected x", "see fleet config edit --help"],
    [
      ["config", "edit"],
      "an editor needs a terminal, and there is none",
      "to edit the file yourself, open [ROOT]/home/.ai_fleet/config.toml",
    ],
    [["config", "validate", "x"], "unexpected x", "see fleet config validate --help"],
    [["config", "path", "--frob"], "unknown option --frob", "see fleet config path --help"],
  ],
  "doctor, completions, help": [
    [["doctor", "x"], "unexpected x", "see fleet doctor --help"],
    [["completions"], "there are no completions for sh; there are for bash, zsh, fish", "see fleet completions --help"],
    [
      ["completions", "tcsh"],
      "there are no completions for tcsh; there are for bash, zsh, fish",
      "see fleet completions --help",
    ],
    [["completions", "bash", "zsh"], "unexpected zsh", "see fleet completions --help"],
    [["help", "frob"], "there is no help on frob", "to see all commands, run fleet help"],
    [["help", "creat"], "there is no help on creat; did you mean create?", "to see it, run fleet help create"],
    [["help", "toString"], "there is no help on toString", "to see all commands, run fleet help"],
  ],
};

for (const [subject, cases] of Object.entries(mistakes)) {
  test(`what cannot be meant is refused with a pointer: ${subject}`, async () => {
    await using box = await demoSandbox();
    for (const [words, problem, hint] of cases) {
      await box.fleet(words).expect({ code: 2, stderr: `✗ ${problem}\n  ${hint}\n` });
    }
    expect(everythingIn(box.home)).toEqual([fleetHome(box), `${fleetHome(box)}/config.toml`]);
    expect(box.tmuxServers()).toEqual([]);
  });
}

test("a wrong command line makes nothing, not even the configuration", async () => {
  await using box = await demoSandbox();
  rmSync(fleetHome(box), { recursive: true });
  await box.fleet(["list", "--frob"]).expect({ code: 2, stderr: /./ });
  await box.fleet(["create"]).expect({ code: 2, stderr: /./ });
  expect(everythingIn(box.home)).toEqual([]);
});

test("with --json a mistake is an object on standard output, and standard error is empty", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const refused = async (words: readonly string[], kind: string, message: string, hint: string | null, exit = 2) => {
    const { stdout } = await box.fleet(words, { cwd: path }).expect({ code: exit, stdout: /^\{\n {2}"version": 1,\n/ });
    const code = kind === "failed" ? "unknown-target" : null;
    expect(JSON.parse(stdout)).toEqual({ version: 1, error: { kind, code, message, hint } });
  };
  await refused(["--json", "toString"], "usage", "unknown command toString", "see fleet --help");
  await refused(["--json"], "usage", "no command in --json", "see fleet --help");
  await refused(["list", "--json", "--frob"], "usage", "unknown option --frob", "see fleet list --help");
  await refused(["list", "--frob", "--json"], "usage", "unknown option --frob", "see fleet list --help");
  await refused(
    ["kill", "x", "--json"],
    "failed",
    "x names no agent: there is none here",
    "to see those of all repositories, run fleet list -A",
    1,
  );
  await refused(
    ["create", "a b", "--json"],
    "usage",
    'git does not accept "a b" as a branch name: it has a space',
    "to see the rules, run git help check-ref-format",
  );
  // Here it is a text and an operand, not an option.
  await box
    .fleet(["create", "a b", "-p", "--json"], { cwd: path })
    .expect({ code: 2, stderr: /^✗ git does not accept / });
  await box.fleet(["create", "a", "--", "--json"], { cwd: path }).expect({ code: 2, stderr: /^✗ unexpected --json\n/ });
});

test("what reads as an option is a value where a value is expected", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  for (const text of ["-h", "--help", "--attach", "--no-verify", "--json", "--", "-"]) {
    const prompt = text === "-" ? [`--prompt=${text}`] : ["-p", text];
    const input = text === "-" ? { input: "from standard input" } : {};
    await box.fleet(["create", "x", "--dry-run", ...prompt], { cwd: path, ...input }).expect({
      stdout: /^branch {4}x, new, from main@/,
    });
  }
});
