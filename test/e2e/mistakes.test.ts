import { expect, test } from "bun:test";
import { demoSandbox } from "./agents.ts";

/** What people type, and the first line and the hint that they get. `ROOT` stands for the home of the sandbox. */
const mistakes: readonly (readonly [words: readonly string[], said: string, hint: string])[] = [
  [
    ["prompt", "go on", "fix-42"],
    "the message is missing: fix-42 is an agent",
    "the agent comes first: fleet prompt fix-42 'go on'",
  ],
  [
    ["prompt", "go", "fix-42"],
    "the message is missing: fix-42 is an agent",
    "the agent comes first: fleet prompt fix-42 go",
  ],
  [
    ["prompt", "fix-42", "go", "on", "please"],
    "the message is more than one word, and has no quotes",
    "with quotes: fleet prompt fix-42 'go on please'",
  ],
  [
    ["prompt", "fix-42"],
    "the message is missing: fix-42 is an agent",
    "to tell it something, run fleet prompt fix-42 TEXT",
  ],
  [["prompt"], "no agent and no message is given", "see fleet prompt --help"],
  [
    ["fanout", "auth2", "3", "-p", "x"],
    'N is a number of agents from 1 to 500, not "auth2"',
    "the number comes first: fleet fanout 3 auth2 -p PROMPT",
  ],
  [["fanout", "three", "-p", "x"], 'N is a number of agents from 1 to 500, not "three"', "see fleet fanout --help"],
  [["fanout"], "fleet fanout needs N", "see fleet fanout --help"],
  [
    ["fanout", "2", "race", "-p", "x", "--pick"],
    "--pick has no test that decides",
    'to give one, add --test "npm test", or set test_command with fleet config edit; to choose yourself, leave --pick out',
  ],
  [
    ["multi", "fix-auth", "text"],
    '"fix-auth" is not BRANCH:PROMPT',
    'a branch, a colon and a prompt in one word: fleet multi fix-auth:"what to do"',
  ],
  [["multi"], "no task is given", "see fleet multi --help"],
  [["new", "x"], "unknown command new; did you mean fleet create?", "if so, run fleet create x; see fleet --help"],
  [["watch"], "unknown command watch; did you mean fleet list --watch?", "see fleet --help"],
  [["init"], "unknown command init; did you mean fleet doctor?", "see fleet --help"],
  [["lst"], "unknown command lst; did you mean fleet list?", "see fleet --help"],
  [["status"], "unknown command status; did you mean fleet list?", "see fleet --help"],
  [
    ["delete", "fix-42"],
    "unknown command delete; did you mean fleet kill?",
    "if so, run fleet kill fix-42; see fleet --help",
  ],
  [
    ["send", "fix-42", "go on"],
    "unknown command send; did you mean fleet prompt?",
    "if so, run fleet prompt fix-42 'go on'; see fleet --help",
  ],
  [["undo"], "unknown command undo; did you mean fleet restore?", "see fleet --help"],
  [
    ["cd", "fix-42"],
    "this shell has not loaded the completions, which fleet cd is a part of",
    'without them: cd "$(fleet path fix-42)"; to load them, see fleet completions --help',
  ],
  [
    ["create", "y", "fix the bug"],
    'unexpected "fix the bug"',
    "to give it as the prompt, run fleet create y -p 'fix the bug'; see fleet create --help",
  ],
  [["create"], "fleet create needs BRANCH", "see fleet create --help"],
  [["create", "-p", "hello"], "fleet create needs BRANCH", "see fleet create --help"],
  [
    ["create", "a b"],
    'git does not accept "a b" as a branch name: it has a space',
    "to see the rules, run git help check-ref-format",
  ],
  [
    ["create", "fix-42", "-p", "again"],
    "fix-42 already has an agent, started [TIME] ago",
    "to tell it something, run fleet prompt fix-42 TEXT; to replace it, run fleet kill fix-42",
  ],
  [
    ["create", "z", "--agent", "cluade"],
    "there is no agent called cluade; did you mean claude?",
    "to describe another one in a table [agents.NAME], run fleet config edit",
  ],
  [
    ["create", "z", "--from", "nope"],
    "there is no commit called nope here",
    "to see the branches there are, run git branch --all; to get what a remote has, run git fetch",
  ],
  [["create", "z", "--promt", "x"], "unknown option --promt; did you mean --prompt?", "see fleet create --help"],
  [
    ["kill", "fix-4"],
    "fix-4 names no agent and no batch; did you mean fix-42?",
    "to see which there are, run fleet list",
  ],
  [
    ["logs", "fix42"],
    "fix42 names no agent and no batch; did you mean fix-42?",
    "to see which there are, run fleet list",
  ],
  [
    ["attach", "auht-A1"],
    "auht-A1 names no agent and no batch; did you mean auth-A1?",
    "to see which there are, run fleet list",
  ],
  [
    ["wait", "fxi-42"],
    "fxi-42 names no agent and no batch; did you mean fix-42?",
    "to see which there are, run fleet list",
  ],
  [["path", "nope"], "nope names no agent and no batch", "to see which there are, run fleet list"],
  [
    ["diff", "Fix-42"],
    "Fix-42 names no agent and no batch; did you mean fix-42?",
    "to see which there are, run fleet list",
  ],
  [
    ["kill", "--batch", "atuh"],
    "there is no batch called atuh; did you mean auth?",
    "to see the batches, run fleet list --grouped",
  ],
  [["kill", "x*"], "x* names no agent and no batch", "to see which there are, run fleet list"],
  [
    ["test", "npm test"],
    "npm test names no agent: it has a space in it",
    "a command is written after --, as in fleet test --all -- npm test; to see the agents, run fleet list",
  ],
  [["kill"], "no agent is named", "to see which there are, run fleet list; for all of them, add --all"],
  [["stop"], "no agent is named", "to see which there are, run fleet list; for all of them, add --all"],
  [
    ["list", "--status", "wating"],
    "--status takes waiting, error, failed, exited, unknown, setup, starting, working, idle, stopped, not wating; did you mean waiting?",
    "see fleet list --help",
  ],
  [
    ["list", "--columns", "brnch"],
    'there is no column "brnch"',
    "the columns are branch, host, repo, status, for, why, ticket, agent, cpu, mem, ahead, overlap, changes, pr, cost, age, task",
  ],
  [["list", "--abandon", "x"], "--abandon only works with --repair", "see fleet list --help"],
  [
    ["exec", "fix-42", "ls"],
    "fleet exec needs -- COMMAND [ARGUMENT...]",
    "if ls is the program, run fleet exec fix-42 -- ls; see fleet exec --help",
  ],
  [
    ["resume", "fix-42"],
    "fix-42 still runs: idle",
    "to send it a prompt, run fleet prompt fix-42 TEXT; to end it first, run fleet stop fix-42",
  ],
  [["answer", "fix-42"], "fix-42 asks nothing: it is idle", "to see what it does, run fleet logs fix-42"],
  [
    ["restore", "fix-43"],
    "no killed agent called fix-43 is kept here",
    "to see the agents that are there, run fleet list",
  ],
  [["restore", "fix-42", "--last"], "--last and BRANCH cannot be combined", "see fleet restore --help"],
  [
    ["config", "get", "max_agent"],
    'there is no setting "max_agent"; did you mean max_agents?',
    "to see all settings, run fleet config show",
  ],
  [
    ["config", "set", "max_agents", "3"],
    "config.toml is yours; fleet does not write to it",
    "run fleet config edit, and add the line  max_agents = 3",
  ],
  [
    ["config", "set", "tmux_prefix", "x_"],
    "config.toml is yours; fleet does not write to it",
    'run fleet config edit, and add the line  tmux_prefix = "x_"',
  ],
  [
    ["config", "set"],
    "config.toml is yours; fleet does not write to it",
    "run fleet config edit, and add what it is to say",
  ],
  [["config", "sow"], "unknown command config sow; did you mean fleet config show?", "see fleet config --help"],
  [["--verison"], "unknown option --verison; did you mean --version?", "see fleet --help"],
  [["help", "creat"], "there is no help on creat; did you mean create?", "to see it, run fleet help create"],
  [
    ["pick", "auth"],
    "that is 2 agents, and only one can win",
    "to take the best of them, add --best; to see which that is, run fleet compare with the same words",
  ],
  [
    ["completions", "fsh"],
    "there are no completions for fsh; there are for bash, zsh, fish",
    "see fleet completions --help",
  ],
  [["-C", "/nowhere", "list"], '-C: there is no directory "/nowhere"', "to see where you are, run pwd"],
  [
    ["kill", "-d", "--keep-branch", "fix-42"],
    "--keep-branch and --delete-branch cannot be combined",
    "see fleet kill --help",
  ],
  [["kill", "-m", "x", "fix-42"], "--message only works with --commit", "see fleet kill --help"],
  [
    ["create", "", "-p", "x"],
    'git does not accept "" as a branch name: it is empty',
    "to see the rules, run git help check-ref-format",
  ],
  [["create", "z", "-p", ""], "the prompt is empty", "to start an agent without a prompt, leave -p out"],
  [
    ["wait", "fix-42", "--timeout", "soon"],
    '--timeout takes a duration such as 90s, 10m or 1h30m, not "soon"',
    "for ten minutes, add --timeout 10m",
  ],
  [["path", "fix-42", "auth-A1"], "unexpected auth-A1", "see fleet path --help"],
  [["upgrade", "1.0", "--uninstall"], "--uninstall and VERSION cannot be combined", "see fleet upgrade --help"],
  [
    ["cost", "--since", "yore"],
    '--since takes today, 2d, 12h or a day such as 2026-11-01, not "yore"',
    "for the last day, add --since 24h",
  ],
  [
    ["cost", "--since", "2026-11-31"],
    '--since takes today, 2d, 12h or a day such as 2026-11-01, not "2026-11-31"',
    "for the last day, add --since 24h",
  ],
  [["version", "1"], "unexpected 1", "see fleet version --help"],
  [
    ["kill", "--batch", "auth", "--except", "zzz", "-y"],
    "--except zzz names none of the agents",
    "to see which there are, run fleet list",
  ],
];

test("what people mistype is understood, or answered with the line that was meant", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix-42"], at);
  await box.fleet(["fanout", "2", "auth", "-p", "note"], at);
  await box.fleet(["wait", "--all"], at);
  const answers: unknown[] = [];
  for (const [words] of mistakes) {
    const { code, stdout, stderr } = await box.fleet(words, at);
    const [said = "", hint = ""] = stderr.split("\n");
    const timeless = said.replace(/started .* ago$/, "started [TIME] ago");
    answers.push({ words, failed: code === 1 || code === 2, stdout, said: timeless, hint });
  }
  expect(answers).toEqual(
    mistakes.map(([words, said, hint]) => ({ words, failed: true, stdout: "", said: `✗ ${said}`, hint: `  ${hint}` })),
  );
});

/** The lines that the hints name, with a word for what is to be filled in; what ends agents comes last. */
function proposedLines(): string[] {
  const parts = mistakes.flatMap(([, , hint]) => hint.split(/; |, (?:or|and|as in) /));
  const lines = parts.flatMap((part) => /\b(fleet .+)$/.exec(part)?.[1] ?? []);
  const whole = lines.filter((line) => !/[A-Z]{3,}\.\.\.| with the same words$|\)"$/.test(line));
  const typed = whole.map((line) => line.replace(/\b(?:PROMPT|TEXT)$/, "note"));
  const ends = (line: string) => Number(/^fleet (?:kill|stop) /.test(line));
  return [...new Set(typed)].sort((a, b) => ends(a) - ends(b));
}

test("every line that is proposed is understood when it is typed", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix-42", "-p", "note"], at);
  await box.fleet(["fanout", "2", "auth", "-p", "note"], at);
  await box.fleet(["wait", "--all"], at);
  const lines = proposedLines();
  expect(lines.length).toBeGreaterThan(30);
  const misunderstood: string[] = [];
  for (const line of lines) {
    const { code, stderr } = await box.run(["sh", "-c", line], at);
    const isUnderstood = [0, 1, 3].includes(code ?? 70) || stderr.includes("needs a terminal");
    if (!isUnderstood) misunderstood.push(`${line}: ${stderr}`);
  }
  expect(misunderstood).toEqual([]);
});

test("one value of the configuration is printed for a script", async () => {
  await using box = await demoSandbox("max_agents = 7\n");
  await box.fleet(["config", "get", "max_agents"]).expect({ stdout: "7\n" });
  await box.fleet(["config", "get", "tmux_prefix"]).expect({ stdout: "ai_\n" });
});
