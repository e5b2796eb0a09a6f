import { expect, test } from "bun:test";
import { type SourceFile, sourceFiles } from "./source-files.ts";

/** What each folder of src may import, beside itself. A way down may skip floors. */
const layers: Readonly<Record<string, readonly string[]>> = {
  main: ["cli", "commands", "output", "api", "fleet", "agents", "config", "state", "system", "model", "errors"],
  cli: [
    "commands",
    "server",
    "mcp",
    "output",
    "api",
    "fleet",
    "agents",
    "config",
    "state",
    "system",
    "model",
    "errors",
  ],
  commands: ["server", "mcp", "output", "api", "fleet", "agents", "config", "state", "system", "model", "errors"],
  mcp: ["api", "fleet", "config", "state", "system", "model", "errors"],
  server: ["api", "fleet", "trackers", "agents", "config", "state", "system", "model", "errors"],
  api: ["fleet", "hosts", "agents", "trackers", "forges", "sandboxes", "config", "state", "system", "model", "errors"],
  output: ["system", "model", "errors"],
  fleet: ["agents", "sandboxes", "trackers", "forges", "config", "state", "system", "model", "errors"],
  agents: ["system", "model", "errors"],
  sandboxes: ["system", "model", "errors"],
  trackers: ["system", "model", "errors"],
  forges: ["system", "model", "errors"],
  hosts: ["state", "config", "system", "model", "errors"],
  config: ["system", "model", "errors"],
  state: ["system", "model", "errors"],
  system: ["model", "errors"],
  model: [],
  errors: [],
};

/** What each room of src/fleet may import of the others. The files beside the rooms may be imported by every room, and import none. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  upgrade: [],
  skill: [],
  doctor: ["operations", "cost", "review", "life", "talk", "worktree", "watch", "choose"],
  cost: ["life", "talk", "worktree", "watch", "choose"],
  review: ["cost", "worktree", "watch", "choose"],
  tickets: ["operations", "review", "cost", "life", "talk", "worktree", "watch", "choose"],
  mirrors: ["operations", "life", "worktree", "watch", "choose"],
  operations: ["review", "cost", "life", "talk", "worktree", "watch", "choose"],
  life: ["worktree", "watch", "choose"],
  talk: ["worktree", "watch", "choose"],
  worktree: [],
  watch: [],
  choose: [],
};

const files = sourceFiles("src");
const byPath = new Map(files.map((file) => [file.path, file]));

test("every import that Bun sees is seen by these rules", () => {
  const plain = new Bun.Transpiler({ loader: "ts" });
  const markup = new Bun.Transpiler({ loader: "tsx" });
  // Where there is markup it adds imports of its own, of a library that we do not have.
  const added = /^react(?:\/|$)/;
  const unseen = files.flatMap((file) => {
    const seen = file.imports.filter(({ kind }) => kind !== "type").length;
    const found = (file.path.endsWith(".tsx") ? markup : plain).scanImports(file.text);
    const known = found.filter(({ path }) => !added.test(path)).length;
    return known > seen ? [`${file.path}:1: Bun sees ${known} imports, these rules see ${seen}`] : [];
  });
  expect(unseen).toEqual([]);
});

test("every file of src is in a folder of the design", () => {
  const strangers = files.filter(({ path }) => !path.endsWith(".d.ts") && !Object.hasOwn(layers, layerOf(path)));
  expect(strangers.map(({ path }) => `${path}:1: not in one of ${Object.keys(layers).join(", ")}`)).toEqual([]);
});

for (const [layer, allowed] of Object.entries(layers)) {
  test(`${layer} imports ${allowed.length === 0 ? "nothing of ours" : `only ${allowed.join(", ")}`}`, () => {
    const own = files.filter(({ path }) => layerOf(path) === layer);
    const wrong = edges(own).filter(({ target }) => layerOf(target) !== layer && !allowed.includes(layerOf(target)));
    expect(wrong.map(({ place, target }) => `${place}: ${layer} must not import ${target}`)).toEqual([]);
  });
}

for (const [room, allowed] of Object.entries(rooms)) {
  test(`the room ${room} of the fleet imports ${allowed.length === 0 ? "no other room" : `only ${allowed.join(", ")}`}`, () => {
    const own = files.filter(({ path }) => roomOf(path) === room);
    const wrong = edges(own).filter(({ target }) => {
      const other = roomOf(target);
      return other !== undefined && other !== room && !allowed.includes(other);
    });
    expect(wrong.map(({ place, target }) => `${place}: the room ${room} must not import ${target}`)).toEqual([]);
  });
}

test("every room of the fleet is in the design, and what is beside the rooms imports none", () => {
  const own = files.filter(({ path }) => layerOf(path) === "fleet");
  const strangers = own.filter(({ path }) => !Object.hasOwn(rooms, roomOf(path) ?? "operations"));
  expect(strangers.map(({ path }) => `${path}:1: not in one of ${Object.keys(rooms).join(", ")}`)).toEqual([]);
  const beside = edges(own.filter(({ path }) => roomOf(path) === undefined));
  const wrong = beside.filter(({ target }) => roomOf(target) !== undefined);
  expect(wrong.map(({ place, target }) => `${place}: a file beside the rooms must not import ${target}`)).toEqual([]);
});

test("no files import each other in a circle", () => {
  expect(circles()).toEqual([]);
});

test("no file only passes on what others export", () => {
  const statement = /^(?:import|export)\s[\w\s{},*$]*(?:["'][^"']+["'][^;]*)?;/gm;
  const barrels = files.filter(
    ({ code }) => /^export\s*(?:type\s*)?[{*]/m.test(code) && code.replace(statement, "").trim() === "",
  );
  expect(barrels.map(({ path }) => `${path}:1: a barrel file; import from where it is defined`)).toEqual([]);
});

test("no file or folder has a name that could hold anything", () => {
  const vague = /(?:^|[/-])(?:utils?|helpers?|misc|common|managers?)(?=[/.-])/;
  const named = files.filter(({ path }) => vague.test(path));
  expect(named.map(({ path }) => `${path}:1: name it after its one subject`)).toEqual([]);
});

test("an agent file is imported by the catalogue and by its own files alone", () => {
  const catalogue = "src/agents/catalog.ts";
  const shared = "adapter";
  const agents = new Set(
    edges([byPath.get(catalogue)].flatMap((file) => file ?? [])).map(({ target }) => partOf(target)),
  );
  agents.delete(shared);
  const wrong = edges(files).filter(
    ({ from, target }) =>
      from !== catalogue &&
      layerOf(from) === "agents" &&
      layerOf(target) === "agents" &&
      agents.has(partOf(target)) &&
      partOf(from) !== partOf(target),
  );
  expect(wrong.map(({ place, target }) => `${place}: only ${catalogue} imports ${target}`)).toEqual([]);
});

/** Who stands for one vendor each, by the name of the file or folder. */
const vendors: Readonly<Record<string, readonly string[]>> = {
  forges: ["github", "gitlab"],
  sandboxes: ["bubblewrap", "caps", "write-guard"],
};

for (const [layer, names] of Object.entries(vendors)) {
  test(`in ${layer} no vendor imports another`, () => {
    const own = edges(files).filter(({ from, target }) => layerOf(from) === layer && layerOf(target) === layer);
    expect(names.filter((name) => !files.some(({ path }) => layerOf(path) === layer && partOf(path) === name))).toEqual(
      [],
    );
    const wrong = own.filter(({ from, target }) => {
      const [one, other] = [partOf(from), partOf(target)];
      return one !== other && names.includes(one) && names.includes(other);
    });
    expect(wrong.map(({ place, target }) => `${place}: a vendor of its own, which must not import ${target}`)).toEqual(
      [],
    );
  });
}

test("no tracker imports another", () => {
  const shared = ["tracker", "fields"];
  const wrong = edges(files).filter(
    ({ from, target }) =>
      layerOf(from) === "trackers" &&
      layerOf(target) === "trackers" &&
      !shared.includes(partOf(target)) &&
      partOf(from) !== partOf(target),
  );
  expect(wrong.map(({ place, target }) => `${place}: a tracker must not import ${target}`)).toEqual([]);
});

test("zod is zod/mini with the English words", () => {
  const allowed = ["zod/mini", "zod/v4/locales/en.js"];
  const wrong = files.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => /^zod(?:\/|$)/.test(target) && !allowed.includes(target))
      .map(({ target, line }) => `${path}:${line}: ${target} is slow to load; use ${allowed[0]}`),
  );
  expect(wrong).toEqual([]);
});

test("no command loads zod before it has something to validate", () => {
  const cold = ["src/commands/config/", "src/commands/doctor"];
  const hot = files.filter(
    ({ path }) =>
      path === "src/main.ts" || (path.startsWith("src/commands/") && !cold.some((start) => path.startsWith(start))),
  );
  const chains = hot.flatMap((file) => chainTo(file, (target) => /^zod(?:\/|$)/.test(target)) ?? []);
  expect(chains.map((chain) => `${chain}: load zod with import(), off the hot path`)).toEqual([]);
});

/** Each is as much as a tenth of a start in time and memory, streams and certificates come along with them. */
test("no command loads the slow parts of Node before it needs them", () => {
  // What speaks to sockets itself needs them.
  const speaks = /src\/(?:hosts\/socket|server\/outlet\/\w+)\.ts:\d+ -> node:net$/;
  const hot = files.filter(({ path }) => path === "src/main.ts" || path.startsWith("src/commands/"));
  const slow = (target: string) => /^node:(?:crypto|https?|net|stream|tls|tty|zlib)(?:\/|$)/.test(target);
  const chains = hot.flatMap((file) => chainTo(file, slow) ?? []).filter((chain) => !speaks.test(chain));
  expect(chains.map((chain) => `${chain}: load it with import(), or use what Bun has`)).toEqual([]);
});

/** `fleet` of `src/fleet/life/end.ts`, `errors` of `src/errors.ts`. */
function layerOf(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.ts$/, "");
}

/** `life` of `src/fleet/life/end.ts`; nothing of a file beside the rooms or elsewhere. */
function roomOf(path: string): string | undefined {
  return /^src\/fleet\/([^/]+)\/./.exec(path)?.[1];
}

/** `claude` of `src/agents/claude/claude.ts` and of `src/agents/claude/consent.ts`, `linear` of `src/trackers/linear/linear.ts`. */
function partOf(path: string): string {
  return (path.split("/")[2] ?? "").replace(/\.ts$/, "");
}

/** The imports of files of ours, type imports too. */
function edges(of: readonly SourceFile[]): { from: string; target: string; place: string }[] {
  return of.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => target.startsWith("src/"))
      .map(({ target, line }) => ({ from: path, target, place: `${path}:${line}` })),
  );
}

function circles(): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const file = byPath.get(path);
    if (file === undefined || done.has(path)) return;
    for (const { target, place } of edges([file])) {
      const start = [...trail, path].indexOf(target);
      if (start === -1) walk(target, [...trail, path]);
      else found.push(`${place}: closes the circle ${[...trail, path, target].slice(start).join(" -> ")}`);
    }
    done.add(path);
  };
  for (const { path } of files) walk(path, []);
  return found;
}

/** The first chain of static imports from a file to a package, as `FILE:LINE -> FILE:LINE -> PACKAGE`. */
function chainTo(
  file: SourceFile,
  wanted: (target: string) => boolean,
  visited = new Set<string>(),
): string | undefined {
  visited.add(file.path);
  for (const { target, line, kind } of file.imports) {
    if (kind !== "static") continue;
    const place = `${file.path}:${line}`;
    if (wanted(target)) return `${place} -> ${target}`;
    const next = byPath.get(target);
    if (next === undefined || visited.has(target)) continue;
    const rest = chainTo(next, wanted, visited);
    if (rest !== undefined) return `${place} -> ${rest}`;
  }
  return undefined;
}
