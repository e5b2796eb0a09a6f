import { onTestFinished } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A user's home of its own for one test, with `text` as the configuration when it is given. */
export function temporaryHome(text?: string) {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "fleet-config-")));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const file = join(home, ".ai_fleet", "config.toml");
  if (text !== undefined) {
    mkdirSync(join(home, ".ai_fleet"));
    writeFileSync(file, text);
  }
  return { home, file, environment: { HOME: home } };
}
