import { afterAll } from "bun:test";
import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** A page of a browser, and what it complained about: errors, refusals of its policy, requests to somebody else. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  readonly complaints: readonly string[];
}

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const applications = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/** A browser for the tests of a file: the one of the system, which `scripts/setup chromium` installs. */
export function browserForFile(): () => Promise<Browser> {
  let launched: Promise<Browser> | undefined;
  afterAll(async () => (await launched)?.close());
  return () => {
    launched ??= launch();
    return launched;
  };
}

function launch(): Promise<Browser> {
  const found = [...names.map((name) => Bun.which(name)), ...applications.filter(existsSync)].find(
    (path) => path !== null,
  );
  if (found === undefined) throw new Error("there is no Chromium; to install it, run scripts/setup chromium");
  // Its own sandbox needs rights that a container does not give; what it shows here is ours.
  return chromium.launch({ executablePath: found, args: ["--no-sandbox"] });
}

/** Opens an address in a window of its own, with nothing remembered. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  const { origin } = new URL(url);
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`request: ${request.url()}`);
  });
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => undefined);
  });
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}
