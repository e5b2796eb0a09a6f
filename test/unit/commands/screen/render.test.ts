import { expect, test } from "bun:test";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { render } from "../../../../src/commands/screen/render.ts";
import type { ScreenState } from "../../../../src/commands/screen/state.ts";
import { after, agent, keys, now, screenOf } from "./agents.ts";

const plain = { colour: false };

function shown(state: ScreenState): string {
  return render(state, plain, now)
    .map((line) => stripVTControlCharacters(line).trimEnd())
    .join("\n");
}

const agents = [
  agent("t-103-payout-retry", { status: "waiting", reason: "may I: Bash(npm publish)", task: "Add payout retry" }),
  agent("t-105", { status: "error", reason: "quota, again at 15:00", task: "Rotate API keys" }),
  agent("auth-漢字-A1", { task: "旅行の予約を直す", batch: "auth" }),
  agent("auth-A2", { status: "idle", lastWords: "All tests pass.", batch: "auth" }),
];

for (const columns of [40, 80, 120, 200]) {
  test(`the list at ${columns} columns`, () => {
    expect(shown(screenOf(agents, columns, 9))).toMatchSnapshot();
  });

  test(`the preview at ${columns} columns`, () => {
    const lines = [
      "> fix the login",
      "I looked at it. The token is checked twice, so that it is refused.",
      "  $ npm test",
    ];
    const preview = { id: "id-t-103-payout-retry", kind: "said", lines } as const;
    expect(
      shown(after(screenOf(agents, columns, 14), ...keys("l"), { kind: "previewed", preview }).state),
    ).toMatchSnapshot();
  });

  test(`a question at ${columns} columns`, () => {
    const question = {
      text: "Do you want to run this?\nnpm publish --access public",
      choices: ["Yes", "No, and say why"],
    };
    const asked = { kind: "asked", id: "id-t-103-payout-retry", question } as const;
    expect(shown(after(screenOf(agents, columns, 14), ...keys("a"), asked).state)).toMatchSnapshot();
  });
}

test("batches stand under their names", () => {
  expect(shown(after(screenOf(agents, 80, 12), ...keys("g")).state)).toMatchSnapshot();
});

test("on a narrow screen the help is broken into lines, and nothing of it is cut off", () => {
  const words = (columns: number) => {
    const lines = render(after(screenOf([agent("one")], columns, 60), ...keys("?")).state, { colour: false }, now);
    return lines.join(" ").split(/\s+/).join(" ");
  };
  expect(words(40)).toContain("m let the mouse select text, until m again; or hold Shift enter attach;");
  expect(words(60)).toContain("J K scroll that; also the wheel, Ctrl-d, Ctrl-u; esc closes it");
});

test("the help names every key", () => {
  expect(shown(after(screenOf(agents, 80, 24), ...keys("?")).state)).toMatchSnapshot();
});

test("where the help is longer than the screen, what scrolls it is said", () => {
  const small = after(screenOf(agents, 40, 16), ...keys("?")).state;
  expect(shown(small)).toEndWith("j k scroll  any other key back");
  expect(shown(small)).not.toContain("the agents go on");
  const end = after(small, ...keys(..."jjjjjjjjjjjjjjjjjjjj")).state;
  expect(shown(end)).toContain("the agents go on");
});

test("marks, the filter and what was done are said below the list", () => {
  const marked = after(screenOf(agents, 80, 9), ...keys("/", "auth", "enter", "b")).state;
  expect(shown(marked).split("\n").slice(-2)[0]).toBe("2 of 4 agents · 2 marked · filter: auth");
  const told = after(marked, { kind: "told", text: "it went wrong", isTrouble: true }).state;
  expect(shown(told)).toContain("\nit went wrong\n");
  expect(shown(after(told, ...keys("j")).state)).not.toContain("it went wrong");
});

test("text of others is shown without what a terminal would act on", () => {
  const evil = "\u001b]0;owned\u0007\u001b[2Jtext";
  const hostile = [agent("fix", { status: "waiting", reason: evil, task: evil, batch: evil, lastWords: evil })];
  const events = [
    ...keys("g", "l"),
    { kind: "previewed", preview: { id: "id-fix", kind: "said", lines: ["said"] } } as const,
    ...keys("a"),
    { kind: "asked", id: "id-fix", question: { text: evil, choices: [evil] } } as const,
  ];
  for (const state of [after(screenOf(hostile, 200, 24), ...events).state, screenOf(hostile, 200, 24)]) {
    const screen = render(state, plain, now).join("\n");
    expect(screen).toContain("\\x1b]0;owned");
    expect(screen.replaceAll("\u001b[7m", "").replaceAll("\u001b[0m", "")).not.toMatch(/[\u001b\u0007]/);
  }
});

test("at any size there are as many lines as the screen has, and none is wider", () => {
  const text = fc.constantFrom(
    "a",
    "漢字漢字漢字",
    "e\u0301",
    "👩‍💻",
    "a long line of many words that goes on and on and on",
    "",
  );
  const press = fc.constantFrom(..."jlds?g/pxanG", "escape", "enter", "K");
  const sizes = [fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 60 })] as const;
  fc.assert(
    fc.property(
      ...sizes,
      fc.array(text, { maxLength: 8 }),
      fc.array(press, { maxLength: 6 }),
      (columns, rows, texts, pressed) => {
        const listed = texts.map((task, index) =>
          agent(`branch-${index}-${task.slice(0, 5)}`, { task, status: "waiting" }),
        );
        const state = after(
          screenOf(listed, columns, rows),
          ...keys(...pressed),
          { kind: "previewed", preview: { id: listed[0]?.entry.id ?? "", kind: "said", lines: texts } },
          { kind: "asked", id: listed[0]?.entry.id ?? "", question: { text: texts.join("\n"), choices: texts } },
        ).state;
        for (const colour of [true, false]) {
          const lines = render(state, { colour }, now);
          expect(lines).toHaveLength(rows);
          expect(Math.max(...lines.map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(columns);
        }
      },
    ),
  );
});
