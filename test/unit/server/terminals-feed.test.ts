import { expect, test } from "bun:test";
import {
  type Sight,
  type TerminalPlace,
  TerminalsFeed,
  type Wanted,
} from "../../../src/server/events/terminals-feed.ts";
import { eventually } from "../../helpers/wait.ts";

const screen = {
  columns: 80,
  rows: 1,
  cursor: { column: 0, row: 0, visible: true },
  title: "",
  lines: ["hello"],
};

/** A place whose looks end when they are told what was seen. */
function place() {
  const looks: { readonly wanted: readonly Wanted[]; readonly end: (sight: Sight) => void }[] = [];
  const own: TerminalPlace = {
    ...{ longestPause: 1, searchPause: 1, restOfLook: 0 },
    look: (wanted) =>
      new Promise((resolve) => {
        looks.push({ wanted, end: (sight) => resolve(new Map(wanted.map(({ id }) => [id, sight]))) });
      }),
    type: async () => undefined,
    scrollback: async () => [],
    forget: () => undefined,
    rest: async () => undefined,
  };
  return { own, looks };
}

test("whoever comes back to a terminal while it is looked at for who has left is shown it whole", async () => {
  const { own, looks } = place();
  const changed: string[] = [];
  const feed = new TerminalsFeed(own, { changed: (id) => void changed.push(id), ended: () => undefined });
  const look = (number: number) => eventually(() => looks[number], { what: `look ${number}` });
  feed.follow("a");
  const first = await look(0);
  feed.leave("a");
  feed.follow("a");
  first.end(screen);
  const second = await look(1);
  expect(second.wanted).toEqual([{ id: "a", isShown: false }]);
  second.end(screen);
  expect((await look(2)).wanted).toEqual([{ id: "a", isShown: true }]);
  expect(changed).toEqual(["a"]);
  expect(JSON.parse(feed.messageSince("a", undefined) ?? "")).toMatchObject({ whole: true, lines: ["hello"] });
  (await look(2)).end({ gone: "it has ended" });
  expect((await look(3)).wanted).toEqual([{ id: "a", isShown: false }]);
  feed.leave("a");
});
