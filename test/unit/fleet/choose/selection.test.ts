import { expect, test } from "bun:test";
import fc from "fast-check";
import { FleetError } from "../../../../src/errors.ts";
import { branchNameProblem } from "../../../../src/fleet/choose/branch-names.ts";
import { filterAgents, type Scope, selectAgents, type Targets } from "../../../../src/fleet/choose/selection.ts";
import type { AgentEntry } from "../../../../src/state/entry.ts";
import { agentEntry } from "../../../helpers/samples.ts";
import { branchNames } from "../../../helpers/text.ts";

const here = "/code/here";
const there = "/code/there";

function agent(branch: string, { repo = here, batch = "manual-2025-05-31" } = {}): AgentEntry {
  return agentEntry({ branch, repo, batch_id: batch });
}

const fleet = [
  agent("fix-1", { batch: "fix" }),
  agent("fix-2", { batch: "fix" }),
  agent("other"),
  agent("feature/login"),
  agent("feature/.hidden"),
  agent("Fix-1"),
  agent("fix-1", { repo: there }),
  agent("far", { repo: there, batch: "fix" }),
  agent("twice", { repo: there }),
  agent("twice", { repo: "/code/elsewhere" }),
];

interface Request extends Partial<Targets>, Partial<Scope> {
  readonly from?: readonly AgentEntry[];
}

function select({ from = fleet, repository = here, reachesOut = false, ...targets }: Request) {
  return selectAgents(
    from,
    { words: [], batch: undefined, all: false, allRepositories: false, except: [], ...targets },
    { repository, reachesOut },
  );
}

/** The chosen agents, those of other repositories with where they are. */
function chosen(request: Request): string[] {
  return select(request).entries.map(({ branch, repo }) => (repo === here ? branch : `${repo}:${branch}`));
}

/** How choosing fails. */
function failure(request: Request): Pick<FleetError, "kind" | "message" | "hint"> {
  try {
    select(request);
  } catch (error) {
    if (error instanceof FleetError) return { kind: error.kind, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error("agents were chosen");
}

const words: Readonly<Record<string, readonly string[]>> = {
  "fix-1": ["fix-1"],
  "Fix-1": ["Fix-1"],
  "fix-*": ["fix-1", "fix-2"],
  "*": ["fix-1", "fix-2", "other", "feature/login", "feature/.hidden", "Fix-1"],
  "f*": ["fix-1", "fix-2", "feature/login", "feature/.hidden"],
  "feature/*": ["feature/login", "feature/.hidden"],
  "*/*": ["feature/login", "feature/.hidden"],
  "*n": ["feature/login", "feature/.hidden"],
  "fix-[12]": ["fix-1", "fix-2"],
  "fix-[!1]": ["fix-2"],
  "fix-{1,2}": ["fix-1", "fix-2"],
  "fix-?": ["fix-1", "fix-2"],
  fix: ["fix-1", "fix-2"],
};

for (const [word, branches] of Object.entries(words)) {
  test(`${word} names ${branches.join(", ")}`, () => {
    expect(chosen({ words: [word] })).toEqual([...branches]);
  });
}

test("every branch is named by its name, whatever its characters mean in a glob", () => {
  for (const branch of branchNames) {
    const from = [agent(branch), agent("another")];
    expect(select({ from, words: [branch] })).toEqual({ entries: [from[0] as AgentEntry], exact: true });
  }
});

test("an exact name comes before a glob that it also is, and a glob before a batch", () => {
  const from = [agent("{a,b}"), agent("a"), agent("b"), agent("c", { batch: "[ab]" })];
  expect(chosen({ from, words: ["{a,b}"] })).toEqual(["{a,b}"]);
  expect(chosen({ from, words: ["[ab]"] })).toEqual(["a", "b"]);
  expect(chosen({ from: from.slice(3), words: ["[ab]"] })).toEqual(["c"]);
});

test("an exact name comes before a batch of that name", () => {
  const from = [agent("fix"), agent("fix-A1", { batch: "fix" })];
  expect(chosen({ from, words: ["fix"] })).toEqual(["fix"]);
});

test("a ! is a character of the name, never the opposite", () => {
  const from = [agent("!fix"), agent("fix"), agent("a!b"), agent("other")];
  expect(chosen({ from, words: ["!fix"] })).toEqual(["!fix"]);
  expect(chosen({ from, words: ["a!*"] })).toEqual(["a!b"]);
  expect(failure({ from: from.slice(1), words: ["!fix"] }).message).toBe(
    "!fix names no agent and no batch; did you mean fix?",
  );
  expect(failure({ from: from.slice(1), words: ["!f*"] }).message).toBe("!f* names no agent and no batch");
});

test("a ! before parentheses is no opposite either", () => {
  const from = [agent("fix"), agent("other")];
  expect(failure({ from, words: ["!(fix)"] }).message).toBe("!(fix) names no agent and no batch");
});

test("several words name all they name, each once, in the order of the words", () => {
  expect(chosen({ words: ["other", "fix-*", "fix-1"] })).toEqual(["other", "fix-1", "fix-2"]);
});

test("a word that names nothing fails, though others name something", () => {
  expect(failure({ words: ["fix-1", "typo"] })).toEqual({
    kind: "failed",
    message: "typo names no agent and no batch",
    hint: "to see which there are, run fleet list",
  });
});

test("an empty word, and one that is not a pattern, name nothing", () => {
  for (const word of ["", "[", "(", "[z-a]", "\\"]) expect(failure({ words: [word] }).kind).toBe("failed");
});

test("a word that is too long for a pattern names nothing", () => {
  expect(failure({ words: ["x".repeat(70_000)] }).kind).toBe("failed");
});

test("nothing to go by is wrong usage", () => {
  expect(failure({}).kind).toBe("usage");
});

test("only agents that were named exactly are not a choice of ours", () => {
  expect(select({ words: ["fix-1", "other"] }).exact).toBe(true);
  expect(select({ words: ["fix-1", "othe?"] }).exact).toBe(false);
  expect(select({ words: ["fix"] }).exact).toBe(false);
  expect(select({ words: ["fix-1"], all: true }).exact).toBe(false);
  expect(select({ words: ["fix-1"], batch: "fix" }).exact).toBe(false);
});

test("a batch and --all stay in the repository", () => {
  expect(chosen({ batch: "fix" })).toEqual(["fix-1", "fix-2"]);
  expect(chosen({ all: true })).toEqual(["fix-1", "fix-2", "other", "feature/login", "feature/.hidden", "Fix-1"]);
});

test("a batch that does not exist here fails", () => {
  expect(failure({ batch: "typo" })).toMatchObject({ kind: "failed", message: "there is no batch called typo" });
  expect(failure({ batch: "fix", repository: "/code/elsewhere" }).kind).toBe("failed");
});

test("--all of a repository without agents chooses none", () => {
  expect(chosen({ all: true, repository: "/code/empty" })).toEqual([]);
});

test("--all-repos lets globs, batches and names reach everywhere", () => {
  expect(chosen({ words: ["f*r"], allRepositories: true })).toEqual([`${there}:far`]);
  expect(chosen({ words: ["fix"], allRepositories: true })).toEqual(["fix-1", "fix-2", `${there}:far`]);
  expect(chosen({ words: ["fix-1"], allRepositories: true })).toEqual(["fix-1", `${there}:fix-1`]);
  expect(select({ all: true, allRepositories: true }).entries).toEqual(fleet);
});

test("a command that only looks finds an exact name in another repository", () => {
  expect(chosen({ words: ["far"], reachesOut: true })).toEqual([`${there}:far`]);
  expect(select({ words: ["far"], reachesOut: true }).exact).toBe(true);
  expect(chosen({ words: ["fix-1"], reachesOut: true })).toEqual(["fix-1"]);
});

test("a glob and a batch of another repository are not found there", () => {
  const from = [agent("other"), agent("far", { repo: there, batch: "night" })];
  for (const word of ["fa*", "night"]) expect(failure({ from, words: [word], reachesOut: true }).kind).toBe("failed");
});

test("other commands say where an exact name is known", () => {
  expect(failure({ words: ["far"] })).toEqual({
    kind: "failed",
    message: `far is an agent of another repository, ${there}`,
    hint: `to mean that one, run fleet -C ${there} ...`,
  });
});

test("a name that two other repositories know is not guessed", () => {
  expect(failure({ words: ["twice"], reachesOut: true }).kind).toBe("failed");
});

test("outside of any repository only --all-repos finds agents", () => {
  const outside: Scope = { repository: undefined, reachesOut: false };
  const targets = { words: ["fix-*"], batch: undefined, all: false, allRepositories: false, except: [] };
  expect(() => selectAgents(fleet, targets, outside)).toThrow("there is none here");
  expect(selectAgents(fleet, { ...targets, allRepositories: true }, outside).entries).toHaveLength(3);
});

test("--except takes out names and globs", () => {
  expect(chosen({ words: ["f*"], except: ["fix-1", "feature/*"] })).toEqual(["fix-2"]);
  expect(chosen({ all: true, except: ["*"] })).toEqual([]);
});

test("an --except that names nothing fails, so that a typo spares nobody by silence", () => {
  expect(failure({ words: ["fix-*"], except: ["fix-3"] }).kind).toBe("failed");
});

test("a list is filtered by names, globs and batches, in its own order", () => {
  const branches = (patterns: readonly string[]) => filterAgents(fleet, patterns).map(({ branch }) => branch);
  expect(branches([])).toEqual(fleet.map(({ branch }) => branch));
  expect(branches(["other", "fix-?"])).toEqual(["fix-1", "fix-2", "other", "fix-1"]);
  expect(branches(["fix"])).toEqual(["fix-1", "fix-2", "far"]);
  expect(() => branches(["typo"])).toThrow("typo names no agent and no batch");
});

const letters = fc.constantFrom("a", "b", "/", "-");
const branch = fc
  .string({ unit: letters, minLength: 1, maxLength: 5 })
  .filter((name) => branchNameProblem(name) === undefined);
const pattern = fc.string({ unit: fc.oneof(letters, fc.constantFrom("*", "?")), minLength: 1, maxLength: 5 });

test("a * stands for any text and a ? for one character but the slash, in the whole name", () => {
  fc.assert(
    fc.property(fc.uniqueArray(branch, { minLength: 1 }), pattern, (branches, glob) => {
      const from = branches.map((name) => agent(name));
      // A ** between slashes stands for any number of folders, which may be none.
      fc.pre(!glob.includes("**") && !branches.includes(glob));
      const wanted = new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", "[^/]")}$`);
      const matching = branches.filter((name) => wanted.test(name));
      if (matching.length === 0) expect(failure({ from, words: [glob] }).kind).toBe("failed");
      else expect(chosen({ from, words: [glob] })).toEqual(matching);
    }),
  );
});

test("what is not an exact name never reaches out of the repository", () => {
  const anywhere = fc.record({ name: branch, repo: fc.constantFrom(here, there) });
  fc.assert(
    fc.property(fc.array(anywhere), pattern, fc.boolean(), (agents, word, reachesOut) => {
      const from = agents.map(({ name, repo }) => agent(name, { repo }));
      fc.pre(from.some(({ repo }) => repo === here) && from.every((each) => each.branch !== word));
      try {
        const { entries } = select({ from, words: [word], reachesOut });
        expect(entries.every(({ repo }) => repo === here)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(FleetError);
      }
    }),
  );
});

/** What the words mean, said as simply as possible: an exact name, else a glob, else a batch; `undefined` when one names nothing. */
function naively(from: readonly AgentEntry[], { words = [], batch, all = false, except = [] }: Partial<Targets>) {
  const inHere = from.filter(({ repo }) => repo === here);
  const globbed = (glob: string) => {
    const wanted = new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", "[^/]")}$`);
    return inHere.filter((each) => wanted.test(each.branch));
  };
  const ofBatch = (name: string) => inHere.filter((each) => each.batch_id === name);
  const named = words.map((word) => {
    const ways = [inHere.filter((each) => each.branch === word), globbed(word), ofBatch(word)];
    return ways.find(({ length }) => length > 0) ?? [];
  });
  if (batch !== undefined) named.push(ofBatch(batch));
  if (named.some(({ length }) => length === 0)) return undefined;
  const chosen = [...new Set([...named.flat(), ...(all ? inHere : [])])];
  const spared = except.map((word) =>
    chosen.filter((each) => each.branch === word || globbed(word).includes(each) || each.batch_id === word),
  );
  if (spared.some(({ length }) => length === 0)) return undefined;
  return chosen.filter((each) => !spared.flat().includes(each));
}

test("names, globs, batches, --all and --except choose what they say", () => {
  const batch = fc.constantFrom("a", "night", "b-");
  const anywhere = fc.record({ name: branch, repo: fc.constantFrom(here, here, there), batch });
  const glob = pattern.filter((text) => !text.includes("**"));
  const request = fc.record({
    words: fc.array(fc.oneof(branch, glob, batch), { maxLength: 3 }),
    batch: fc.option(batch, { nil: undefined }),
    all: fc.boolean(),
    except: fc.array(fc.oneof(glob, batch), { maxLength: 2 }),
  });
  const selector = ({ name, repo }: { readonly name: string; readonly repo: string }) => `${repo} ${name}`;
  fc.assert(
    fc.property(fc.uniqueArray(anywhere, { selector, maxLength: 8 }), request, (agents, wanted) => {
      fc.pre(wanted.words.length > 0 || wanted.all || wanted.batch !== undefined);
      const from = agents.map(({ name, ...rest }) => agent(name, rest));
      const expected = naively(from, wanted);
      if (expected === undefined) expect(failure({ from, ...wanted }).kind).toBe("failed");
      else expect(new Set(select({ from, ...wanted }).entries)).toEqual(new Set(expected));
    }),
    { numRuns: 500 },
  );
});
