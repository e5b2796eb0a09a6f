import { useEffect, useState } from "preact/hooks";
import type { RowName, Rows } from "../wire.ts";
import { call } from "./call.ts";

interface Options {
  /** The repository that it is about. */
  readonly directory?: string | undefined;
  /** It is asked again when one of these is another, as when `again` is called. */
  readonly changing?: readonly unknown[];
}

interface Asked<Answer> {
  /** What was answered last; it stays while something newer is asked for. */
  readonly answer: Answer | undefined;
  readonly error: Error | undefined;
  readonly again: () => void;
}

/** Asks a row of the server that only looks, for as long as a view is there; without an input nothing is asked. */
export function useRow<Name extends RowName>(
  name: Name,
  input: Rows[Name]["input"] | undefined,
  { directory, changing = [] }: Options = {},
): Asked<Rows[Name]["answer"]> {
  const [answer, setAnswer] = useState<Rows[Name]["answer"]>();
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const own = { wanted: true };
    if (input === undefined) return;
    call(name, input, { directory }).then(
      (answered) => {
        if (!own.wanted) return;
        setAnswer(answered);
        setError(undefined);
      },
      (reason: Error) => own.wanted && setError(reason),
    );
    return () => {
      own.wanted = false;
    };
  }, [name, JSON.stringify(input), directory, turn, ...changing]);
  return { answer, error, again: () => setTurn((count) => count + 1) };
}
