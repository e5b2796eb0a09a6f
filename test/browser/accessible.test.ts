import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { agentOn, untilDemo } from "../e2e/agents.ts";
import { browserForFile } from "../helpers/browser.ts";
import { openShop, shop } from "./shop.ts";

const browser = browserForFile();

/** Where a picture of every view goes, in each look, for who wants to see them. */
const pictures = process.env.FLEET_PICTURES;

/** What can be looked at: where it is, and a key that opens more of it there. */
const views: readonly {
  readonly name: string;
  readonly hash: (id: string, repo: string) => string;
  readonly key?: string;
}[] = [
  { name: "home", hash: () => "#/" },
  { name: "conversation", hash: (id) => `#/agent/${id}` },
  { name: "terminal", hash: (id) => `#/agent/${id}/terminal` },
  { name: "changes", hash: (id) => `#/agent/${id}/diff` },
  { name: "details", hash: (id) => `#/agent/${id}/about` },
  { name: "compare", hash: (_, repo) => `#/compare/${encodeURIComponent(repo)}/auth` },
  { name: "overlap", hash: (_, repo) => `#/overlap/${encodeURIComponent(repo)}` },
  { name: "tickets", hash: () => "#/tickets" },
  { name: "cost", hash: () => "#/cost" },
  { name: "activity", hash: () => "#/activity" },
  { name: "palette", hash: () => "#/", key: "Control+k" },
  { name: "keys", hash: () => "#/", key: "?" },
  { name: "new agents", hash: () => "#/", key: "c" },
  { name: "prompt", hash: (id) => `#/agent/${id}/diff`, key: "p" },
  { name: "budget", hash: (id) => `#/agent/${id}`, key: "B" },
  { name: "merge", hash: (id) => `#/agent/${id}`, key: "m" },
  { name: "pull request", hash: (id) => `#/agent/${id}`, key: "P" },
  { name: "pick", hash: (id) => `#/agent/${id}`, key: "w" },
];

test("no view breaks a rule of accessibility that axe knows, and all fit 320 pixels; in the dark all can be read", async () => {
  await using place = await shop([
    ["create", "fix", "-p", "ask which store?"],
    ["fanout", "2", "auth", "-p", "try"],
    ["create", "broken", "-p", "fail 3"],
  ]);
  await untilDemo(place.box, "auth-A2", "idle", 1);
  const { id, worktree, repo } = agentOn(place.box, "auth-A1");
  writeFileSync(join(worktree, "src/cart.js"), "// new\nexport const total = (items) => items.length * 2;\n");
  await using opened = await openShop(await browser(), place, { reducedMotion: "reduce" });
  const { page } = opened;
  await page.getByRole("heading", { name: /need/ }).first().waitFor();
  await page.evaluate(axe.source);
  const found: string[] = [];
  for (const { name, hash, key } of views) {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.evaluate(`location.hash = ${JSON.stringify(hash(id, repo))}`);
    await page.waitForLoadState("networkidle");
    if (key !== undefined) await page.keyboard.press(key);
    found.push(...(await violations(page, {})).map((violation) => `${name}: ${violation}`));
    await picture(page, `${name}-light`);
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, `${name}-dark`);
    found.push(
      ...(await violations(page, { runOnly: "color-contrast" })).map((violation) => `${name}, dark: ${violation}`),
    );
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 320, height: 640 });
    await picture(page, `${name}-phone`);
    found.push(
      ...(await violations(page, { runOnly: narrowRules })).map((violation) => `${name}, narrow: ${violation}`),
    );
    if (await page.evaluate("document.documentElement.scrollWidth > innerWidth"))
      found.push(`${name} is wider than a phone`);
    if (key !== undefined) await page.keyboard.press("Escape");
  }
  expect(found).toEqual([]);
  expect(opened.complaints).toEqual([]);
});

async function picture(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name.replaceAll(" ", "-")}.png`) });
}

/** What another arrangement can break. */
const narrowRules = [
  "button-name",
  "link-name",
  "label",
  "aria-hidden-focus",
  "landmark-unique",
  "target-size",
  "scrollable-region-focusable",
];

async function violations(page: Page, options: axe.RunOptions): Promise<string[]> {
  const { violations: found } = await page.evaluate<axe.AxeResults>(
    `axe.run(${JSON.stringify({ ...options, resultTypes: ["violations"] })})`,
  );
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}
