import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Step } from "./measure.ts";
import type { Place } from "./place.ts";
import { makeRepository } from "./repository.ts";

const agents = 100;
const megabytes = 100;

/** A look at agents that have transcripts, a megabyte each, beside one that does not care what they cost. */
export async function costContest(place: Place): Promise<readonly Step[]> {
  const directory = await makeRepository(place, 20);
  const bin = join(place.root, "cost-bin");
  mkdirSync(bin);
  // It is Claude Code as far as its transcripts are concerned, which are written here.
  writeFileSync(join(bin, "claude"), "#!/bin/sh\nexec sleep 100000\n");
  chmodSync(join(bin, "claude"), 0o755);
  place.export({ PATH: `${bin}:${process.env.PATH}`, IS_SANDBOX: "1" });
  await place.run([place.fleet, "fanout", `${agents}`, "cost", "--agent", "claude", "-p", "work"], directory);
  for (const entry of JSON.parse(readFileSync(join(place.fleetHome, "state.json"), "utf8")))
    writeTranscript(place, entry);
  const list = `fleet list, ${agents} agents with ${megabytes} MB of transcripts`;
  const rest = () => place.rest();
  return [
    { label: list, directory, argv: () => [place.fleet, "list"], before: rest },
    {
      label: `fleet list --cost, the same`,
      beside: list,
      directory,
      argv: () => [place.fleet, "list", "--cost"],
      before: rest,
    },
    {
      label: `fleet cost, the same, first look`,
      directory,
      // 300 MB a second, and the start of the program.
      budgetMilliseconds: 350,
      argv: () => [place.fleet, "cost"],
      async before() {
        await place.rest();
        const kept = globSync("agents/*/{usage.json,replies.jsonl}", { cwd: place.fleetHome });
        for (const file of kept) rmSync(join(place.fleetHome, file));
      },
    },
  ];
}

function writeTranscript(place: Place, entry: { readonly worktree: string; readonly agent_session: string }): void {
  const folder = join(place.home, ".claude/projects", entry.worktree.replace(/[^A-Za-z0-9]/g, "-"));
  const text = "x".repeat(3000);
  const timestamp = new Date(Date.now() + 1000).toISOString();
  const usage = { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 1000, cache_creation_input_tokens: 10 };
  const rows = Array.from({ length: 150 }, (_, index) => {
    const message = {
      id: `msg_${index}`,
      model: "claude-opus-5-5",
      content: [{ type: "text", text: text.slice(0, 1000) }],
      usage,
    };
    const answer = { type: "assistant", cwd: entry.worktree, timestamp, message };
    const result = {
      type: "user",
      timestamp,
      message: { role: "user", content: [{ type: "tool_result", content: text }] },
    };
    return [answer, answer, result, result].map((row) => `${JSON.stringify(row)}\n`).join("");
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${entry.agent_session}.jsonl`), rows.join(""));
}
