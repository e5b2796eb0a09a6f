import { runCommandLine, wantsJson } from "./cli/run.ts";
import { FleetError } from "./errors.ts";
import { reportFailure } from "./output/failure.ts";
import { ReaderGone, writeAll } from "./output/streams.ts";

const words = process.argv.slice(2);
const cancellation = new AbortController();

/** The first signal asks for an orderly end; the second ends at once, and what is half done is settled by the next command. */
function cancelOn(signal: NodeJS.Signals, reason: FleetError): void {
  process.on(signal, () => {
    if (cancellation.signal.aborted) process.exit(reportFailure(reason, { json: false }));
    cancellation.abort(reason);
  });
}

async function main(): Promise<number> {
  try {
    return await runCommandLine(words, {
      environment: process.env,
      cancelled: cancellation.signal,
      writeAnswer: (text) => writeAll(1, text),
    });
  } catch (error) {
    if (error instanceof ReaderGone) return 0;
    const { withLineTyped } = await import("./cli/elsewhere.ts");
    return reportFailure(withLineTyped(error, words), { json: await wantsJson(words) });
  }
}

cancelOn("SIGINT", new FleetError("interrupted", "interrupted"));
cancelOn("SIGTERM", new FleetError("terminated", "terminated"));
process.exit(await main());
