import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import fc from "fast-check";
import type { AgentEntry } from "../../../src/state/entry.ts";
import { agentFiles, type StatePlaces } from "../../../src/state/places.ts";
import { changeRegistry, readRegistry } from "../../../src/state/registry.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { agentEntry, placesIn } from "../../helpers/samples.ts";

/** What the registry should say, and what has become of its file. */
interface Model {
  readonly listed: Map<string, AgentEntry>;
  /** The agents that keep a record and have a worktree. */
  readonly recorded: Map<string, AgentEntry>;
  file: "whole" | "broken" | "gone";
  /** The broken files that a change has found. */
  setAside: number;
}

interface Real {
  readonly places: StatePlaces;
}

type Step = fc.Command<Model, Real>;

const ids = ["0000000a", "0000000b", "0000000c", "0000000d"] as const;
const id = fc.constantFrom(...ids);
const byId = (a: AgentEntry, b: AgentEntry) => a.id.localeCompare(b.id);

/** From now on what the registry says comes from the records. */
function lose(model: Model, file: Model["file"]): void {
  model.file = file;
  model.listed.clear();
  for (const [key, entry] of model.recorded) model.listed.set(key, entry);
}

function written(model: Model): void {
  if (model.file === "broken") model.setAside += 1;
  model.file = "whole";
}

function step(name: string, run: (model: Model, real: Real) => void): Step {
  return {
    check: () => true,
    toString: () => name,
    run(model, real) {
      run(model, real);
      const { places } = real;
      expect(readRegistry(places).toSorted(byId)).toEqual([...model.listed.values()].toSorted(byId));
      const kept = readdirSync(dirname(places.stateFile)).filter((file) => file.startsWith("state.json.unreadable-"));
      expect(kept).toHaveLength(model.setAside);
    },
  };
}

/** The entry of an agent, which has a record and a worktree with it if so wanted. */
function agentIn(places: StatePlaces, id: string, withRecord: boolean): AgentEntry {
  const entry = agentEntry({ id, branch: id, worktree: `${places.worktreeRoot}/${id}` });
  if (!withRecord) return entry;
  for (const folder of [agentFiles(places, id).directory, entry.worktree]) mkdirSync(folder, { recursive: true });
  writeFileSync(agentFiles(places, id).record, JSON.stringify(entry));
  return entry;
}

/** A registry of two agents, of which one has lost its record. */
function start(places: StatePlaces): { readonly model: Model; readonly real: Real } {
  const entries = [agentIn(places, ids[0], true), agentIn(places, ids[1], false)];
  changeRegistry(places, () => entries);
  const listed = new Map(entries.map((entry) => [entry.id, entry]));
  return {
    model: { listed, recorded: new Map([...listed].slice(0, 1)), file: "whole", setAside: 0 },
    real: { places },
  };
}

const add = fc.tuple(id, fc.boolean()).map(([added, withRecord]) =>
  step(`add ${added}${withRecord ? " with its record" : ""}`, (model, { places }) => {
    const entry = agentIn(places, added, withRecord);
    changeRegistry(places, (entries) => [...entries.filter((each) => each.id !== added), entry]);
    written(model);
    model.listed.set(added, entry);
    if (withRecord) model.recorded.set(added, entry);
  }),
);

const change = fc.tuple(id, fc.constantFrom("one", "two")).map(([changed, prompt]) =>
  step(`change ${changed} to ${prompt}`, (model, { places }) => {
    changeRegistry(places, (entries) => entries.map((each) => (each.id === changed ? { ...each, prompt } : each)));
    written(model);
    const entry = model.listed.get(changed);
    if (entry !== undefined) model.listed.set(changed, { ...entry, prompt });
  }),
);

const forget = id.map((forgotten) =>
  step(`forget ${forgotten}`, (model, { places }) => {
    changeRegistry(places, (entries) => entries.filter((each) => each.id !== forgotten));
    written(model);
    model.listed.delete(forgotten);
  }),
);

const fail = fc.constant(
  step("fail", (_, { places }) => {
    const before = existsSync(places.stateFile) ? readFileSync(places.stateFile) : undefined;
    expect(() =>
      changeRegistry(places, () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(existsSync(places.stateFile) ? readFileSync(places.stateFile) : undefined).toEqual(before);
  }),
);

const remove = fc.constant(
  step("delete the file", (model, { places }) => {
    rmSync(places.stateFile, { force: true });
    lose(model, "gone");
  }),
);

const damage = fc.constantFrom("", "{", '[{"v":1', "{}", "null").map((text) =>
  step(`write ${JSON.stringify(text)} to the file`, (model, { places }) => {
    writeFileSync(places.stateFile, text);
    lose(model, "broken");
  }),
);

const damageOne = id.map((damaged) =>
  step(`damage the entry of ${damaged}`, (model, { places }) => {
    if (model.file !== "whole" || !model.listed.has(damaged)) return;
    const entries = JSON.parse(readFileSync(places.stateFile, "utf8")) as AgentEntry[];
    writeFileSync(
      places.stateFile,
      JSON.stringify(entries.map((each) => (each.id === damaged ? { ...each, v: 0 } : each))),
    );
    model.file = "broken";
    model.listed.delete(damaged);
    for (const [key, entry] of model.recorded) if (!model.listed.has(key)) model.listed.set(key, entry);
  }),
);

const loseWorktree = id.map((lost) =>
  step(`remove the worktree of ${lost}`, (model, { places }) => {
    if (model.file !== "whole") return;
    rmSync(`${places.worktreeRoot}/${lost}`, { recursive: true, force: true });
    model.recorded.delete(lost);
  }),
);

test("whatever is done to the registry and to its file, it says what it should and loses nothing", () => {
  fc.assert(
    fc.property(
      fc.commands([add, change, forget, fail, remove, damage, damageOne, loseWorktree], { maxCommands: 12 }),
      (steps) => {
        const folder = temporaryFolder();
        fc.modelRun(() => start(placesIn(folder)), steps);
      },
    ),
    { numRuns: 60 },
  );
});
