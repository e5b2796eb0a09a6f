import { expect, test } from "bun:test";
import { agentFile, demoSandbox, receivedBy, untilDemo } from "./agents.ts";

test("interrupt stops the turns of agents that work, and they take the next prompt", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["multi", "busy:work 60", "done:note", "asks:ask which one?", "over:fail 2"], at);
  await untilDemo(box, "busy", "working", 1);
  await untilDemo(box, "done", "idle", 1);
  await untilDemo(box, "asks", "waiting", 1);
  await box.fleet(["wait", "over"], at);
  await box.fleet(["interrupt", "busy"], at).expect({ stdout: "  busy  interrupted\n" });
  expect(agentFile(box, "busy", "status")).toStartWith("idle");
  expect(agentFile(box, "busy", "reply")).toBe("Interrupted.\n");
  await box.fleet(["interrupt", "busy", "done", "asks", "over"], at).expect({
    code: 1,
    stdout: [
      "  busy  idle    it was not working\n",
      "  done  idle    it was not working\n",
      "  asks  failed  it is not working: waiting (which one?)\n",
      "  over  failed  it is not working: exited (code 2)\n",
    ].join(""),
  });
  await box.fleet(["prompt", "busy", "next"], at).expect({ stdout: "  busy  submitted\n" });
  await untilDemo(box, "busy", "idle", 2);
  expect(receivedBy(box, "busy")).toEqual(["work 60", "next"]);
  const { stdout } = await box.fleet(["interrupt", "done", "--json"], at).expect({ stdout: /^\{\n/ });
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, agents: [{ branch: "done", outcome: "idle" }], failures: [] });
});
