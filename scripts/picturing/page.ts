import { builtFleet as fleet, type Place } from "../benchmark/place.ts";
import { launchBrowser } from "./chromium.ts";

const size = { width: 1280, height: 800 };

/** The page of `fleet serve` as a PNG, with the agents of a place, when everything on it has come to rest. */
export async function pictureOfPage(place: Place, directory: string): Promise<Buffer> {
  await place.run([fleet, "serve", "--detach", "--port", "0"], directory);
  const link = (await place.run([fleet, "open", "--print"], directory)).trim();
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: size, reducedMotion: "reduce" });
    await page.goto(link);
    await page.locator(".need .question-text").first().waitFor();
    await page.locator(".batch").first().waitFor();
    await page.waitForLoadState("networkidle");
    return await page.screenshot();
  } finally {
    await browser.close();
  }
}
