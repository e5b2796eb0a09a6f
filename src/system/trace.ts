/** A program that was started and has ended, as a trace tells it. */
export interface Traced {
  readonly argv: readonly string[];
  readonly directory: string | undefined;
  readonly begun: Date;
  readonly milliseconds: number;
  /** Undefined of one that nobody waits for. */
  readonly exitCode: number | undefined;
}

type Listener = (traced: Traced) => void;

let listener: Listener | undefined;

/** Tells a listener of every program that is started from now on, each when it has ended. */
export function traceProcesses(listen: Listener): void {
  listener = listen;
}

/** What is called when the program that begins now has ended, with its exit code; undefined when nobody listens. */
export function tracing(
  argv: readonly string[],
  directory: string | undefined,
): ((exitCode: number | undefined) => void) | undefined {
  const listen = listener;
  if (listen === undefined) return undefined;
  const [begun, start] = [new Date(), performance.now()];
  return (exitCode) => listen({ argv, directory, begun, milliseconds: performance.now() - start, exitCode });
}

const longestWord = 120;
const mayBeSecret = /token|secret|passw|credential|api[-_]?key|:\/\/[^/]*@/i;

/**
 * One line of a trace. Of words that may hold what a user or an agent wrote, or a secret, only the length is told: whatever has blanks,
 * is long, sets a variable, or speaks of a secret. What programs are given on standard input is not told at all.
 */
export function traceLine({ argv, directory, begun, milliseconds, exitCode }: Traced): string {
  const end = exitCode === undefined ? "goes on" : `exit ${exitCode}`;
  const place = directory === undefined ? "" : `  in ${directory}`;
  return `${begun.toISOString()}  ${milliseconds.toFixed(1)} ms  ${end}  ${argv.map(harmlessWord).join(" ")}${place}`;
}

function harmlessWord(word: string): string {
  const variable = /^(-e)?([A-Za-z_][A-Za-z0-9_]*)=/.exec(word)?.[0];
  if (variable !== undefined) return `${variable}<${word.length - variable.length} characters>`;
  const isTold = word !== "" && word.length <= longestWord && !/[\s\p{Cc}]/u.test(word) && !mayBeSecret.test(word);
  return isTold ? word : `<${word.length} characters>`;
}
