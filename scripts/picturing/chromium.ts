import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const applications = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/** Starts the browser of the system without a window. Throws when there is none. */
export function launchBrowser(): Promise<Browser> {
  const found = [...names.map((name) => Bun.which(name)), ...applications.filter(existsSync)].find(
    (path) => path !== null,
  );
  if (found === undefined) throw new Error("there is no Chromium; to install it, run scripts/setup chromium");
  // Its own sandbox needs rights that a container does not give; what it shows here is ours.
  return chromium.launch({ executablePath: found, args: ["--no-sandbox"] });
}
