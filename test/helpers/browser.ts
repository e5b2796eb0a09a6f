import { afterAll, setDefaultTimeout } from "bun:test";
import type { Browser, BrowserContextOptions, ConsoleMessage, Page } from "playwright-core";
import { launchBrowser } from "../../scripts/picturing/chromium.ts";

/** A page of a browser, and what it complained about: errors, refusals of its policy, requests to somebody else. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** A page is drawn, a browser started and the page's own code bundled within that, also where others need the machine. */
const patienceMilliseconds = 60_000;

/** A browser for the tests of a file: the one of the system, which `scripts/setup chromium` installs. */
export function browserForFile(): () => Promise<Browser> {
  setDefaultTimeout(3 * patienceMilliseconds);
  let launched: Promise<Browser> | undefined;
  afterAll(async () => (await launched)?.close());
  return () => {
    launched ??= launchBrowser();
    return launched;
  };
}

/** Opens an address in a window of its own, with nothing remembered. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(patienceMilliseconds);
  const page = await context.newPage();
  const complaints: string[] = [];
  const { origin } = new URL(url);
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !isLateQuestion(message)) complaints.push(`console: ${message.text()}`);
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

/** A question may have been answered by the time that the page reads all of it; the page expects to be refused then. */
function isLateQuestion(message: ConsoleMessage): boolean {
  return message.location().url.endsWith("/api/v1/question") && message.text().includes("409");
}
