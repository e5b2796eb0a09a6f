import { expect, test } from "bun:test";
import { expositionOf } from "../../../../src/fleet/cost/metrics.ts";

test("metrics are worded as Prometheus reads them", () => {
  const agents = { name: "fleet_agents", type: "gauge", help: "Agents.", samples: [[{ status: "idle" }, 2]] } as const;
  const money = { name: "fleet_dollars_total", type: "counter", help: "Money.", samples: [[{}, 0.1 + 0.2]] } as const;
  const nothing = { name: "fleet_nothing", type: "gauge", help: "Nothing.", samples: [] } as const;
  expect(expositionOf([agents, nothing, money])).toBe(`# HELP fleet_agents Agents.
# TYPE fleet_agents gauge
fleet_agents{status="idle"} 2
# HELP fleet_dollars_total Money.
# TYPE fleet_dollars_total counter
fleet_dollars_total{} 0.3
`);
});

test("a label may hold whatever a branch or a path can be called", () => {
  const branch = 'a"b\\c\nd{}=,é€😀\ud800';
  const text = expositionOf([{ name: "x", type: "gauge", help: "X.", samples: [[{ branch }, 1]] }]);
  expect(text.split("\n")[2]).toBe('x{branch="a\\"b\\\\c\\nd{}=,é€😀\ufffd"} 1');
});
