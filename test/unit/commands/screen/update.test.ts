import { expect, test } from "bun:test";
import fc from "fast-check";
import { listRows, shownAgents } from "../../../../src/commands/screen/rows.ts";
import type { ScreenState } from "../../../../src/commands/screen/state.ts";
import type { ScreenEvent } from "../../../../src/commands/screen/update.ts";
import { after, agent, keys, screenOf } from "./agents.ts";

const three = [agent("one", { status: "waiting" }), agent("two"), agent("three", { batch: "other" })];

function cursorOn({ agents, selected }: ScreenState): string | undefined {
  return agents?.find(({ entry }) => entry.id === selected)?.entry.branch;
}

test("the cursor begins on the first agent, moves by every kind of key and stops at both ends", () => {
  const screen = screenOf(three);
  expect(cursorOn(screen)).toBe("one");
  expect(cursorOn(after(screen, ...keys("down")).state)).toBe("two");
  expect(cursorOn(after(screen, ...keys("jjjjj")).state)).toBe("three");
  expect(cursorOn(after(screen, ...keys("G", "k")).state)).toBe("two");
  expect(cursorOn(after(screen, ...keys("end", "home", "up")).state)).toBe("one");
  expect(cursorOn(after(screen, ...keys("page-down")).state)).toBe("three");
});

test("the mouse chooses a row, and its wheel moves", () => {
  const mouse = (action: "press" | "wheel-down", row: number) =>
    ({ kind: "key", key: { kind: "mouse", action, column: 3, row } }) as const;
  expect(cursorOn(after(screenOf(three), mouse("press", 2)).state)).toBe("two");
  expect(cursorOn(after(screenOf(three), mouse("press", 20)).state)).toBe("one");
  expect(cursorOn(after(screenOf(three), mouse("wheel-down", 1)).state)).toBe("two");
});

test("the mouse is handed over to select text, and taken back", () => {
  const handed = after(screenOf(three), ...keys("m"));
  expect(handed.effects).toEqual([{ kind: "mouse", isOurs: false }]);
  expect(handed.state.notice?.text).toBe("the mouse selects text; m takes it back");
  expect(after(handed.state, ...keys("m")).effects).toEqual([{ kind: "mouse", isOurs: true }]);
});

test("the cursor stays on its agent when the order changes, and takes the next when that is gone", () => {
  const on = after(screenOf(three), ...keys("j")).state;
  const looked = (agents: typeof three) => ({ kind: "looked", agents, elsewhere: 0, remarks: [] }) as const;
  expect(cursorOn(after(on, looked(three.toReversed())).state)).toBe("two");
  expect(cursorOn(after(on, looked(three.filter(({ entry }) => entry.branch !== "two"))).state)).toBe("three");
  expect(cursorOn(after(on, looked([])).state)).toBeUndefined();
});

test("a filter is applied while it is typed, kept by Enter and taken back by Escape", () => {
  const typed = after(screenOf(three), ...keys("/", "other")).state;
  expect(shownAgents(typed).map(({ entry }) => entry.branch)).toEqual(["three"]);
  expect(after(typed, ...keys("enter")).state).toMatchObject({ filter: "other", dialog: undefined });
  expect(after(typed, ...keys("escape")).state).toMatchObject({ filter: "", dialog: undefined });
  expect(after(typed, ...keys("enter", "escape")).state.filter).toBe("");
});

test("every word of a filter must be in the branch, batch, agent, status or task", () => {
  const match = (filter: string) => shownAgents({ agents: three, filter }).map(({ entry }) => entry.branch);
  expect(match("WAITING claude")).toEqual(["one"]);
  expect(match("task t")).toEqual(["one", "two", "three"]);
  expect(match("task two batch")).toEqual(["two"]);
});

test("keys ask for what they say of the agent under the cursor", () => {
  const effects = (...words: string[]) => after(screenOf(three), ...keys(...words)).effects;
  expect(effects("enter")).toEqual([{ kind: "attach", id: "id-one" }]);
  expect(effects("i")).toEqual([{ kind: "interrupt", ids: ["id-one"] }]);
  expect(effects("x")).toEqual([{ kind: "kill", ids: ["id-one"] }]);
  expect(effects("p", "go on", "enter")).toEqual([{ kind: "prompt", ids: ["id-one"], text: "go on" }]);
  expect(effects("n", "next", "enter", "do it", "enter")).toEqual([
    { kind: "create", branch: "next", prompt: "do it" },
  ]);
  expect(effects("q")).toEqual([{ kind: "leave" }]);
  expect(effects("ctrl-z")).toEqual([{ kind: "suspend" }]);
  expect(effects("ctrl-c")).toEqual([{ kind: "leave" }]);
  expect(effects("p", "never mind", "ctrl-c", "p", "escape", "p", "enter")).toEqual([]);
});

test("keys are about all that are marked, and several are only killed after a question", () => {
  const marked = after(screenOf(three), ...keys("b")).state;
  expect(marked.marked).toEqual(new Set(["id-one", "id-two"]));
  const effects = (...words: string[]) => after(marked, ...keys(...words)).effects;
  expect(effects("p", "go on", "enter")).toEqual([{ kind: "prompt", ids: ["id-one", "id-two"], text: "go on" }]);
  expect(effects("xy")).toEqual([{ kind: "kill", ids: ["id-one", "id-two"] }]);
  expect(effects("xn")).toEqual([]);
  expect(after(marked, ...keys("b")).state.marked).toEqual(new Set());
  expect(after(screenOf(three), ...keys(" ", " ")).state.marked).toEqual(new Set(["id-one", "id-two"]));
});

test("an agent that asks is answered by the number of a choice at once, or by words", () => {
  const asking = after(screenOf(three), ...keys("a"));
  expect(asking.effects).toEqual([{ kind: "ask", id: "id-one" }]);
  const asked = (choices: string[]) =>
    after(asking.state, { kind: "asked", id: "id-one", question: { text: "which?", choices } }).state;
  expect(after(asked(["Yes", "No"]), ...keys("3", "2")).effects).toEqual([
    { kind: "answer", id: "id-one", choice: "2" },
  ]);
  const many = Array.from({ length: 12 }, (_, index) => `choice ${index + 1}`);
  expect(after(asked(many), ...keys("9")).effects).toEqual([{ kind: "answer", id: "id-one", choice: "9" }]);
  expect(after(asked(many), ...keys("enter")).effects).toEqual([{ kind: "attach", id: "id-one" }]);
  expect(after(asked(many), ...keys("1")).effects).toEqual([]);
  expect(after(asked(many), ...keys("1", "enter")).effects).toEqual([{ kind: "answer", id: "id-one", choice: "1" }]);
  expect(after(asked(many), ...keys("1", "3", "2")).effects).toEqual([{ kind: "answer", id: "id-one", choice: "12" }]);
  expect(after(asked(many), ...keys("1", "backspace", "enter")).effects).toEqual([{ kind: "attach", id: "id-one" }]);
  expect(after(asked([]), ...keys("the 2nd", "enter")).effects).toEqual([
    { kind: "answer", id: "id-one", choice: "the 2nd" },
  ]);
});

test("what is typed before the question is there answers nothing", () => {
  expect(after(screenOf(three), ...keys("a", "1", "enter")).effects).toEqual([{ kind: "ask", id: "id-one" }]);
});

test("an agent that asks nothing is not answered, and it is said", () => {
  const { state, effects } = after(screenOf(three), ...keys("j", "a"));
  expect(effects).toEqual([]);
  expect(state.notice).toEqual({ text: "two asks nothing: it is working", isTrouble: true });
});

test("kills from the screen are undone one after the other, the last first, then those of others", () => {
  const killed = (branch: string): ScreenEvent => ({
    kind: "ended",
    what: "",
    text: "",
    isTrouble: false,
    killed: [{ branch, repo: "/code/shop" }],
  });
  const { effects } = after(screenOf(three), killed("a"), killed("b"), ...keys("uuu"));
  expect(effects).toEqual([
    { kind: "restore", killed: [{ branch: "b", repo: "/code/shop" }] },
    { kind: "restore", killed: [{ branch: "a", repo: "/code/shop" }] },
    { kind: "restore", killed: [] },
  ]);
});

test("the preview is opened, changed and closed by its keys, and no further scrolled than it goes", () => {
  const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
  const open = after(screenOf(three), ...keys("l"), {
    kind: "previewed",
    preview: { id: "id-one", kind: "said", lines },
  }).state;
  expect(open.shows).toBe("said");
  expect(after(open, ...keys("KKK")).state.scrolled).toBe(3);
  expect(after(open, ...keys("K".repeat(200))).state.scrolled).toBeLessThan(50);
  expect(after(open, ...keys("KKK", "JJJJ")).state.scrolled).toBe(0);
  expect(after(open, ...keys("l")).state.shows).toBeUndefined();
  expect(after(open, ...keys("d")).state.shows).toBe("diff");
});

test("what is pasted is one text, and a line end in it sends nothing", () => {
  const paste = (text: string) => ({ kind: "key", key: { kind: "paste", text } }) as const;
  const { effects } = after(screenOf(three), ...keys("p"), paste("first\nsecond"), ...keys("enter"));
  expect(effects).toEqual([{ kind: "prompt", ids: ["id-one"], text: "first\nsecond" }]);
  expect(after(screenOf(three), ...keys("/"), paste("two\n")).state.filter).toBe("two");
});

test("a paste where nothing is typed does nothing, whatever its letters would mean", () => {
  const { state, effects } = after(screenOf(three), { kind: "key", key: { kind: "paste", text: "xxxq\n" } });
  expect(effects).toEqual([]);
  expect(state.dialog).toBeUndefined();
});

test("who only chooses an agent cannot end one by mistake", () => {
  const picking = { ...screenOf(three), picks: true };
  expect(after(picking, ...keys("x", "i", "p", "u", "n", "j", "enter")).effects).toEqual([
    { kind: "attach", id: "id-two" },
  ]);
});

test("what is typed ahead of leaving is not taken for more keys", () => {
  expect(after(screenOf(three), ...keys("qxxu")).effects).toEqual([{ kind: "leave" }]);
});

test("whatever is pressed, the cursor is on an agent that is shown and in view", () => {
  const words = [
    "up",
    "down",
    "page-down",
    "end",
    "home",
    "enter",
    "escape",
    "backspace",
    "ctrl-d",
    "ctrl-u",
    "ctrl-c",
  ];
  const letters = [..."jkGgldsJKA bpaixun/?yq1e"];
  const press = fc.constantFrom(...words, ...letters);
  const many = Array.from({ length: 30 }, (_, index) => agent(`agent-${index}`, { batch: `batch-${index % 4}` }));
  fc.assert(
    fc.property(fc.array(press, { maxLength: 40 }), fc.integer({ min: 3, max: 40 }), (pressed, rows) => {
      const { state } = after(screenOf(many, 80, rows), ...keys(...pressed));
      const shown = shownAgents(state).map(({ entry }) => entry.id);
      if (shown.length === 0) return;
      expect(shown).toContain(state.selected ?? "");
      const row = listRows(state).findIndex((each) => each.kind === "agent" && each.agent.entry.id === state.selected);
      expect(row).toBeGreaterThanOrEqual(state.top);
    }),
  );
});
