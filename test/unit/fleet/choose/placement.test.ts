import { expect, test } from "bun:test";
import { placeAgents, type Room } from "../../../../src/fleet/choose/placement.ts";

const gigabyte = 1024 ** 3;

function room(host: string, changes: Partial<Room> = {}): Room {
  return {
    host,
    slots: undefined,
    most: undefined,
    running: 0,
    processors: 8,
    load: 0,
    memoryAvailable: 16 * gigabyte,
    ...changes,
  };
}

const counted = (count: number, rooms: readonly Room[]) => {
  const placed = placeAgents(count, rooms);
  return rooms.map(({ host }) => placed.filter((name) => name === host).length);
};

test("machines that are alike get as many agents each, the first one more", () => {
  expect(counted(7, [room("a"), room("b"), room("c")])).toEqual([3, 2, 2]);
});

test("a machine gets the fewer agents the less memory it has left, and the busier it is", () => {
  expect(counted(12, [room("a"), room("b", { memoryAvailable: 8 * gigabyte })])).toEqual([10, 2]);
  expect(counted(12, [room("a"), room("b", { load: 6 })])).toEqual([10, 2]);
});

test("slots are kept, those that are used already too, and what fits nowhere is said", () => {
  const rooms = [room("a", { slots: 4, running: 3 }), room("b", { most: 2 })];
  expect(counted(3, rooms)).toEqual([1, 2]);
  expect(placeAgents(5, rooms).filter((host) => host === undefined)).toHaveLength(2);
});

test("machines without a limit take all there are, however little they have left", () => {
  expect(counted(9, [room("a", { load: 64, memoryAvailable: 0 })])).toEqual([9]);
});

test("no machine places nobody", () => {
  expect(placeAgents(2, [])).toEqual([undefined, undefined]);
});
