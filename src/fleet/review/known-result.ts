import { readTestResults, type TestResult } from "../../state/test-results.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import type { Content } from "./content.ts";
import type { TestCommand } from "./test-command.ts";

/** The newest result of an agent for a content, and whether there is one for another content instead. */
export function resultFor(
  fleet: Fleet,
  { entry, tree }: Content,
  command?: TestCommand,
): { readonly result: TestResult | undefined; readonly stale: boolean } {
  const results = readTestResults(statePlaces(fleet), entry.id).filter(
    (result) => command === undefined || result.command === command.text,
  );
  const result = results.find((one) => one.tree === tree);
  return { result: result ?? results[0], stale: result === undefined && results.length > 0 };
}
