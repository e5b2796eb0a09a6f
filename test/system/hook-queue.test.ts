import { expect, test } from "bun:test";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HookEvent } from "../../src/server/hooks/event.ts";
import { Queue } from "../../src/server/hooks/queue.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { sampleTicket } from "../unit/tickets/tickets.ts";

const event = (number: number): HookEvent => ({
  ...{
    kind: "ticket",
    source: "github",
    action: "labeled",
    repository: "acme/web",
    host: "github.com",
    association: "",
  },
  people: { sender: "github:1", author: "github:1" },
  ticket: sampleTicket({ key: `acme/web#${number}` }),
});
const key = (id: string, body = id) => ({ id, body: new TextEncoder().encode(body) });
const numbers = (queue: Queue) =>
  queue.pending().map(({ event: each }) => (each.kind === "ticket" ? Number(each.ticket.key.split("#")[1]) : 0));

test("what was taken is there after a restart, in the order in which it came", async () => {
  const folder = temporaryFolder();
  const queue = new Queue(folder);
  for (const number of [3, 1, 2]) expect(await queue.add(key(`${number}`), event(number))).toBe("taken");
  expect(numbers(new Queue(folder))).toEqual([3, 1, 2]);
  const [first] = queue.pending();
  if (first !== undefined) await queue.finish(first, "done");
  expect(numbers(queue)).toEqual([1, 2]);
  expect(numbers(new Queue(folder))).toEqual([1, 2]);
});

test("a delivery is taken once, by its id and by its bytes, also after it was dealt with and after a restart", async () => {
  const folder = temporaryFolder();
  const queue = new Queue(folder);
  expect(await queue.add(key("a", "one"), event(1))).toBe("taken");
  const repeats = [key("a", "one"), key("a", "two"), key("b", "one")];
  for (const each of repeats) expect(await queue.add(each, event(2))).toBe("repeat");
  for (const each of queue.pending()) await queue.finish(each, "done");
  for (const each of repeats) expect(await new Queue(folder).add(each, event(2))).toBe("repeat");
  expect(await queue.add(key("", "three"), event(3))).toBe("taken");
  expect(await queue.add(key("", "four"), event(4))).toBe("taken");
});

test("what a crash has left in the middle is known to have begun, until it was dealt with", async () => {
  const folder = temporaryFolder();
  const queue = new Queue(folder);
  await queue.add(key("a"), event(1));
  const [queued] = queue.pending();
  if (queued === undefined) throw new Error("nothing is pending");
  expect(await queue.begin(queued)).toBe("first");
  expect(await new Queue(folder).begin(queued)).toBe("again");
  await queue.finish(queued, "done");
  expect(readdirSync(join(folder, "begun"))).toEqual([]);
});

test("two at the same moment are one", async () => {
  const folder = temporaryFolder();
  const queue = new Queue(folder);
  const results = await Promise.all(Array.from({ length: 10 }, () => queue.add(key("a"), event(1))));
  expect(results.toSorted()).toEqual([...Array(9).fill("repeat"), "taken"]);
  const others = await Promise.all([
    new Queue(folder).add(key("b"), event(2)),
    new Queue(folder).add(key("b"), event(2)),
  ]);
  expect(others.toSorted()).toEqual(["repeat", "taken"]);
});

test("a thousand at once are all kept", async () => {
  const folder = temporaryFolder();
  const queue = new Queue(folder);
  const added = await Promise.all(Array.from({ length: 1000 }, (_, index) => queue.add(key(`${index}`), event(index))));
  expect(new Set(added)).toEqual(new Set(["taken"]));
  expect(numbers(new Queue(folder))).toEqual(Array.from({ length: 1000 }, (_, index) => index));
});

test("a file that a crash has left behind is no delivery", async () => {
  const folder = temporaryFolder();
  await new Queue(folder).add(key("a"), event(1));
  const [name = ""] = readdirSync(join(folder, "pending"));
  writeFileSync(join(folder, "pending", `${name}.1.x.tmp`), "{");
  writeFileSync(join(folder, "pending", name.replace(/^./, "x")), "{");
  expect(numbers(new Queue(folder))).toEqual([1]);
  // Dealt with, and not taken out of the pending ones any more: it is done again, which harms nothing.
  renameSync(join(folder, "pending", name), join(folder, "done", name));
  expect(numbers(new Queue(folder))).toEqual([]);
  expect(readFileSync(join(folder, "done", name), "utf8")).toContain("acme/web#1");
});

test("what the disk refuses is not taken, and may come again", async () => {
  const folder = temporaryFolder();
  const queue = new Queue(folder);
  rmSync(join(folder, "pending"), { recursive: true });
  const refused = await queue.add(key("a"), event(1)).then(
    () => "taken",
    (error) => error.code,
  );
  expect(refused).toBe("ENOENT");
  expect(await new Queue(folder).add(key("a"), event(1))).toBe("taken");
  expect(await queue.add(key("a"), event(1))).toBe("repeat");
});

test("of two servers one deals with a delivery", async () => {
  const folder = temporaryFolder();
  const queue = new Queue(folder);
  await queue.add(key("a"), event(1));
  const other = new Queue(folder);
  const [[one], [same]] = [queue.pending(), other.pending()];
  if (one === undefined || same === undefined) return expect.unreachable("it is pending for both");
  expect([queue.isOpen(one), other.isOpen(same)]).toEqual([true, true]);
  await queue.finish(one, "done");
  expect([other.isOpen(same), other.pending()]).toEqual([false, []]);
});
