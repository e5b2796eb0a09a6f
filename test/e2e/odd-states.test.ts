import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isKept, oddStates, verbs } from "../helpers/odd-states.ts";
import { agentOn, demoSandbox } from "./agents.ts";

const precious = "what only the agent has\n";
const mine = "what the user has not committed\n";
const deleted = "worktree deleted";

for (const [state, make] of Object.entries(oddStates)) {
  test(`no verb harms anything or fails as a bug where the state is: ${state}`, async () => {
    const outcomes: string[] = [];
    for (const verb of verbs) {
      await using box = await demoSandbox();
      const project = await box.repository();
      const other = await box.repository("other");
      const started = await Promise.all([
        box.fleet(["create", "fix"], { cwd: project.path }),
        box.fleet(["create", "good"], { cwd: other.path }),
      ]);
      expect(started.map(({ code }) => code)).toEqual([0, 0]);
      const agent = agentOn(box, "fix");
      writeFileSync(join(agent.worktree, "precious"), precious);
      writeFileSync(join(agentOn(box, "good").worktree, "unsaved"), "");
      project.write("README.md", mine);
      await make({ box, project, agent });
      const cwd = existsSync(project.path) ? project.path : other.path;
      const { code, stdout, stderr } = await box.fleet(verb, { cwd });
      outcomes.push(`${verb.join(" ")}: ${code}`);
      const what = `${state}, ${verb.join(" ")}: ${stdout}${stderr}`;

      expect([what, code]).not.toEqual([what, 70]);
      expect([what, /[\u0000-\u0008\u000b-\u001f\u007f]/.test(stdout + stderr)]).toEqual([what, false]);
      // Whatever was there of the agent's is still somewhere, and the user's checkout is as it was.
      expect([what, await isKept(box, precious)]).toEqual([what, state !== deleted]);
      const checkout = cwd === project.path ? cwd : join(box.home, "moved-repository");
      expect([what, readFileSync(join(checkout, "README.md"), "utf8")]).toEqual([what, mine]);
      // The other repository is none of its business.
      const { stdout: rest } = await box.fleet(["list", "-q"], { cwd: other.path });
      expect([what, rest]).toEqual([what, "good\n"]);
    }
    expect(outcomes).toMatchSnapshot();
  }, 120_000);
}
