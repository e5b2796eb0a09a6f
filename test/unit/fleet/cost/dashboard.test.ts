import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dashboardQueries, grafanaDashboard } from "../../../../src/fleet/cost/dashboard.ts";

test("the dashboard asks for metrics that there are, and each once", () => {
  const known = [...readFileSync("src/fleet/cost/metrics.ts", "utf8").matchAll(/name: "(fleet_\w+)"/g)].map(
    ([, name]) => name,
  );
  const asked = dashboardQueries().map((query) => /fleet_\w+/.exec(query)?.[0]);
  expect(asked.filter((name) => !known.includes(name))).toEqual([]);
  expect(new Set(dashboardQueries()).size).toBe(dashboardQueries().length);
});

test("every panel of the dashboard has a place of its own", () => {
  const { panels } = grafanaDashboard() as { readonly panels: readonly { readonly gridPos: unknown }[] };
  const places = panels.map(({ gridPos }) => JSON.stringify(gridPos));
  expect(new Set(places).size).toBe(panels.length);
});
