import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, endWork, textOf } from "./agents.ts";
import { agentsIn, converse, type Line, place } from "./api-calls.ts";

test("one process answers a thousand calls, each with its id, and says first what it speaks", async () => {
  await using at = await place();
  const calls = Array.from({ length: 1000 }, (_, id) => ({ id, call: "list", input: { targets: ["fix"] } }));
  const answers = await converse(at, calls);
  expect(answers.get("hello")).toEqual([{ hello: expect.objectContaining({ api: 1 }) }]);
  const agents = calls.map(({ id }) => agentsIn(answers.get(id)));
  expect(agents.every(([agent]) => agent?.branch === "fix" && agent.status === "idle")).toBe(true);
}, 150_000);

test("an operation is done once however often it is called, and its result is told to a later process", async () => {
  await using at = await place();
  const stop = { call: "stop", operation: "stop-fix-0001", input: { targets: ["fix"] } };
  const first = await converse(at, [
    { id: 1, ...stop },
    { id: 2, ...stop },
  ]);
  const answer = {
    agents: [expect.objectContaining({ branch: "fix", outcome: "stopped", reason: null })],
    failures: [],
  };
  expect([first.get(1), first.get(2)]).toEqual([[{ id: 1, answer }], [{ id: 2, answer }]]);
  const second = await converse(at, [
    { id: 3, ...stop },
    { id: 4, result: "stop-fix-0001" },
    { id: 5, ...stop, input: { all: true } },
  ]);
  expect([second.get(3), second.get(4)]).toEqual([[{ id: 3, answer }], [{ id: 4, answer }]]);
  expect(second.get(5)).toEqual([
    { id: 5, error: expect.objectContaining({ message: "the operation stop-fix-0001 was another call" }) },
  ]);
});

test("the end of the input cancels nothing: what was called is answered", async () => {
  await using at = await place();
  await at.box.fleet(["prompt", "fix", "work 600"], { cwd: at.cwd });
  const trace = join(at.box.home, "trace.txt");
  at.box.env.AI_FLEET_TRACE = trace;
  const asked = converse(at, [{ id: "w", call: "wait", input: { targets: ["fix"] } }]);
  const looks = () => textOf(trace).match(/ list-panes /g)?.length ?? 0;
  // After the second look it has said what it saw at the first.
  await eventually(() => looks() > 1, { what: "the wait to have looked" });
  await endWork(at.box, 600);
  const answers = await asked;
  const last = answers.get("w")?.at(-1);
  expect(last).toEqual({
    id: "w",
    answer: { agents: [expect.objectContaining({ status: "idle", well: true })], pending: [] },
  });
  expect(answers.get("w")?.[0]).toEqual({
    id: "w",
    event: expect.objectContaining({ branch: "fix", status: "working" }),
  });
});

test("a caller that has gone cancels nothing either: what was called can be asked for by its name", async () => {
  await using at = await place();
  const calls = [
    ...Array.from({ length: 5 }, (_, id) => ({ id, call: "list" })),
    { id: "s", call: "stop", operation: "stop-fix-0002", input: { targets: ["fix"] } },
  ];
  writeFileSync(join(at.box.home, "calls"), calls.map((call) => `${JSON.stringify(call)}\n`).join(""));
  await at.box.run(["sh", "-c", "fleet api <~/calls | head -n 1 >/dev/null"], { cwd: at.cwd });
  const ended = async () => {
    const answers = await converse(at, [{ id: 1, result: "stop-fix-0002" }]);
    return agentsIn(answers.get(1))[0]?.outcome === "stopped";
  };
  await eventually(ended, { what: "the agent to be stopped" });
});

test("twenty who wait in one process look together, not each for itself", async () => {
  await using at = await place();
  await at.box.fleet(["prompt", "fix", "work 1"], { cwd: at.cwd });
  const trace = join(at.box.home, "trace.txt");
  at.box.env.AI_FLEET_TRACE = trace;
  const waits = Array.from({ length: 20 }, (_, id) => ({ id, call: "wait", input: { targets: ["fix"] } }));
  const answers = await converse(at, waits);
  expect(waits.every(({ id }) => agentsIn(answers.get(id))[0]?.status === "idle")).toBe(true);
  const looks = readFileSync(trace, "utf8").match(/ list-panes /g)?.length ?? 0;
  // Alone, each of them looks at least three times: while it works, when it is idle, and once more.
  expect(looks).toBeLessThan(40);
});

test("a line that is no call, an unknown operation and a wrong input are answered with an error, and the next call is done", async () => {
  await using at = await place();
  const answers = await converse(at, [
    "no json",
    { id: 1, call: "lists" },
    { id: 2, call: "list", input: { targets: "fix" } },
    { id: 3, call: "stop", input: { targets: ["fix"] } },
    { id: 4, hello: { api: 2 } },
    { id: 5, result: "../../../x" },
    { id: 6, call: "list" },
    { id: 7, call: "wait", input: { targets: ["typo"] } },
  ]);
  const codes = [null, 1, 2, 3, 4, 5, 7].map((id) => (answers.get(id)?.[0]?.error as Line | undefined)?.code);
  expect(codes).toEqual([
    "malformed-call",
    "unknown-operation",
    "malformed-call",
    "malformed-call",
    "api-version",
    "malformed-call",
    "unknown-target",
  ]);
  expect(agentsIn(answers.get(6))).toHaveLength(1);
});

test("the schema says of everything that can be given what it means", async () => {
  await using box = await demoSandbox();
  const { stdout } = await box.fleet(["api", "schema"]);
  const { operations } = JSON.parse(stdout) as { operations: Record<string, { input: unknown }> };
  const unsaid = Object.entries(operations).flatMap(([name, { input }]) => withoutMeaning(input, name));
  expect(unsaid).toEqual([]);
});

/** The properties of a schema, at any depth, that have no description. */
function withoutMeaning(schema: unknown, path: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties = {} } = schema as { properties?: Record<string, { description?: string }> };
  const unsaid = Object.entries(properties).flatMap(([name, { description }]) =>
    description === undefined ? [`${path}.${name}`] : [],
  );
  return [...unsaid, ...Object.entries(schema).flatMap(([key, inner]) => withoutMeaning(inner, `${path}.${key}`))];
}

test("every answer has the shape that the schema promises", async () => {
  await using at = await place();
  const { stdout } = await at.box.fleet(["api", "schema"], { cwd: at.cwd });
  const schema = JSON.parse(stdout) as { operations: Record<string, { answer: { required: string[] } }> };
  const answers = await converse(at, [
    { id: "list", call: "list", input: { grouped: true } },
    { id: "wait", call: "wait", input: { targets: ["fix"] } },
    { id: "interrupt", call: "interrupt", operation: "interrupt-1", input: { targets: ["fix"] } },
    { id: "doctor", call: "doctor" },
    { id: "kill", call: "kill", operation: "kill-0001", input: { targets: ["fix"] } },
  ]);
  for (const name of ["list", "wait", "interrupt", "doctor", "kill"]) {
    const answer = answers.get(name)?.at(-1)?.answer as Line;
    expect(Object.keys(answer)).toEqual(expect.arrayContaining(schema.operations[name]?.answer.required ?? ["?"]));
  }
});

test("agents are made with one call: those that work are there, and nothing is made when one cannot be", async () => {
  await using at = await place();
  const refused = await converse(at, [
    { id: 1, call: "create", operation: "create-0001", input: { agents: [{ branch: "one" }, { branch: "a b" }] } },
  ]);
  expect((refused.get(1)?.at(-1)?.error as Line | undefined)?.kind).toBe("usage");
  const made = await converse(at, [
    {
      id: 2,
      call: "create",
      operation: "create-0002",
      input: { agents: [{ branch: "one", prompt: "note", batch: "b" }] },
    },
    { id: 3, call: "create", operation: "create-0003", input: { agents: [{ branch: "two", budget: "much" }] } },
  ]);
  const answer = { agents: [expect.objectContaining({ branch: "one", batch_id: "b", prompt: "note" })], failures: [] };
  expect(made.get(2)?.at(-1)).toEqual({ id: 2, answer });
  expect((made.get(3)?.at(-1)?.error as Line | undefined)?.code).toBe("malformed-budget");
  const { stdout } = await at.box.fleet(["list", "-q"], { cwd: at.cwd });
  expect(stdout.split("\n").filter(Boolean).sort()).toEqual(["fix", "one"]);
});

test("the question of an agent is shown and answered", async () => {
  await using at = await place();
  await at.box.fleet(["prompt", "fix", "ask which one?"], { cwd: at.cwd });
  await at.box.fleet(["wait", "fix"], { cwd: at.cwd });
  const asked = await converse(at, [{ id: 1, call: "question", input: { target: "fix" } }]);
  const question = { text: expect.stringContaining("which one?"), choices: [] };
  expect(asked.get(1)).toEqual([{ id: 1, answer: { agents: [expect.objectContaining({ branch: "fix", question })] } }]);
  const input = { target: "fix", choice: "the first" };
  const answered = await converse(at, [{ id: 2, call: "answer", operation: "answer-0001", input }]);
  const answer = { agents: [expect.objectContaining({ question, answer: "the first" })] };
  expect(answered.get(2)).toEqual([{ id: 2, answer }]);
});
