import { expect, test } from "bun:test";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, receivedBy, untilDemo } from "./agents.ts";
import { playedMenu } from "./played-menu.ts";

test("answer shows the open question of an agent and answers it", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "ask which store?"], at);
  await untilDemo(box, "fix", "waiting", 1);
  await box.fleet(["answer", "fix"], at).expect({
    stdout: "fix asks:\n  which store?\n",
    stderr: "to answer, run fleet answer fix TEXT\n",
  });
  await box.fleet(["prompt", "fix", "go on"], at).expect({
    code: 1,
    stdout: '  fix  refused  asks "which store?"  fleet answer fix\n',
  });
  await box.fleet(["answer", "fix", "the blue one"], at).expect({ stdout: "  fix  answered  the blue one\n" });
  await untilDemo(box, "fix", "idle", 1);
  expect((await box.fleet(["logs", "fix"], at)).stdout).toContain("You answered: the blue one\n");
  expect(receivedBy(box, "fix")).toEqual(["ask which store?"]);
});

test("a question that took the place of the one that was shown is not answered", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "ask first?"], at);
  await untilDemo(box, "fix", "waiting", 1);
  await box.fleet(["answer", "fix"], at);
  await box.tmux.run(["send-keys", "-t", "=ai_fix:", "meanwhile", "Enter"]);
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["prompt", "fix", "ask second?"], at);
  await untilDemo(box, "fix", "waiting", 2);
  await box.fleet(["answer", "fix", "yes"], at).expect({
    code: 1,
    stderr: [
      "✗ fix asks something else now than what was shown; nothing was answered\n",
      "  to see it, run fleet answer fix\n",
    ].join(""),
  });
  await box.fleet(["answer", "fix"], at).expect({ stdout: "fix asks:\n  second?\n", stderr: /./ });
  await box.fleet(["answer", "fix", "yes"], at).expect({ stdout: "  fix  answered  yes\n" });
});

test("an agent that asks nothing is not answered", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "note"], at);
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["answer", "fix", "1"], at).expect({
    code: 1,
    stderr: "✗ fix asks nothing: it is idle\n  to see what it does, run fleet logs fix\n",
  });
  expect(receivedBy(box, "fix")).toEqual(["note"]);
});

test("answers are JSON with --json", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "ask ready?"], at);
  await untilDemo(box, "fix", "waiting", 1);
  const shown = await box.fleet(["answer", "fix", "--json"], at);
  const question = { text: "ready?", choices: [] };
  expect(JSON.parse(shown.stdout)).toMatchObject({ version: 1, agents: [{ branch: "fix", question }] });
  const answered = await box.fleet(["answer", "fix", "--json", "yes"], at);
  expect(JSON.parse(answered.stdout)).toMatchObject({
    version: 1,
    agents: [{ branch: "fix", question, answer: "yes" }],
  });
});

test.each([
  ["12", "12", "port 8012"],
  ["3", "3", "port 8003"],
  ["port 8010", "10", "port 8010"],
])("of more choices than there are digits %j takes number %s", async (reply, taken, words) => {
  await using box = await playedMenu();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "serve it"], at);
  await box.fleet(["wait", "fix", "--timeout", "20s"], at);
  const choices = Array.from({ length: 12 }, (_, index) => `port 80${String(index + 1).padStart(2, "0")}`);
  await box.fleet(["answer", "fix"], at).expect({
    stdout: [
      "fix asks:\n  Which port should it use?\n",
      ...choices.map((choice, index) => `  ${String(index + 1).padStart(2)}  ${choice}\n`),
    ].join(""),
    stderr: "to answer, run fleet answer fix 1\n",
  });
  await box.fleet(["answer", "fix", reply], at).expect({ stdout: `  fix  answered  ${words}\n` });
  const screen = async () => (await box.fleet(["logs", "fix", "--screen"], at)).stdout;
  await eventually(async () => (await screen()).includes(`took ${taken}\n`), { what: `number ${taken} to be taken` });
});
