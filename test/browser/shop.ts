import type { Browser, BrowserContextOptions } from "playwright-core";
import { demoSandbox } from "../e2e/agents.ts";
import { type ServedPlace, serving } from "../e2e/served.ts";
import { type OpenPage, openPage } from "../helpers/browser.ts";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { askingCodex } from "./asking-codex.ts";

const files = {
  "README.md": "# Shop\n",
  "src/cart.js": "export function total(items) {\n  return items.reduce((sum, { price }) => sum + price, 0);\n}\n",
};

/**
 * Starts a world with these agents, as `fleet` is told to: `create fix -p note`. They are demo agents, or a Codex that asks. `prepare` is
 * done to the repository first.
 */
export async function shop(
  agents: readonly (readonly string[])[],
  prepare?: (box: Sandbox, repository: Repository) => Promise<void>,
): Promise<ServedPlace> {
  const box = await demoSandbox();
  box.executable("codex", askingCodex);
  const repository = await box.repository("shop", { files });
  const { path: cwd } = repository;
  await prepare?.(box, repository);
  for (const words of agents) await box.fleet(words, { cwd });
  const served = await serving(box, cwd);
  return { box, cwd, served, [Symbol.asyncDispose]: () => box[Symbol.asyncDispose]() };
}

/** Opens the page with the link that the server printed, and waits until it knows what the server can do: then its keys do something. */
export async function openShop(
  browser: Browser,
  { served }: ServedPlace,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const opened = await openPage(browser, `${served.url}/#code=${served.code}`, options);
  await opened.page.getByRole("link", { name: "Cost" }).first().waitFor();
  return opened;
}
