import { expect, test } from "bun:test";
import fc from "fast-check";
import { freePorts, type PortBlock, portsOverlap } from "../../../../src/fleet/choose/ports.ts";

test("blocks are the lowest that nobody has, and fill gaps that are wide enough", () => {
  expect(freePorts(10, [])).toEqual({ port: 20_000, port_count: 10 });
  expect(freePorts(10, [{ port: 20_000, port_count: 10 }, {}])).toEqual({ port: 20_010, port_count: 10 });
  const gap = [
    { port: 20_015, port_count: 5 },
    { port: 20_000, port_count: 10 },
  ];
  expect(freePorts(5, gap)?.port).toBe(20_010);
  expect(freePorts(6, gap)?.port).toBe(20_020);
});

test("no ports are given where none are wanted, and an error says when none are left", () => {
  expect(freePorts(0, [])).toBeUndefined();
  expect(() => freePorts(10, [{ port: 20_000, port_count: 12_760 }])).toThrow(
    "no 10 ports in a row are left between 20000 and 32767",
  );
});

test("however many agents there are and however wide their blocks, no two have a port in common", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 100 }), fc.nat(), (counts, seed) => {
      const blocks: PortBlock[] = [];
      for (const [index, count] of counts.entries()) {
        blocks.push(freePorts(count, blocks) ?? {});
        if ((seed + index) % 3 === 0) blocks.splice((seed + index) % blocks.length, 1);
      }
      const clashes = blocks.flatMap((one, index) =>
        blocks.slice(index + 1).filter((other) => portsOverlap(one, other)),
      );
      expect(clashes).toEqual([]);
    }),
  );
});
