const firstPauseMs = 10;
const longestPauseMs = 200;

interface Patience {
  /** What is waited for, as it reads after "waiting for". */
  readonly what: string;
  /** 60 s: a machine that has other work as well is not at fault. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Asks again and again until `check` neither throws nor answers something falsy, and returns that answer. Checks that only
 * make assertions end with `return true`.
 *
 * @throws with the last answer or error when `timeoutMs` have passed; its message names what was waited for.
 */
export async function eventually<Answer extends NonNullable<unknown> | null | undefined>(
  check: () => Answer | Promise<Answer>,
  { what, timeoutMs = 60_000 }: Patience,
): Promise<NonNullable<Answer>> {
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    const attempt = await outcome(check);
    if (attempt.answer) return attempt.answer;
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms for ${what}; at last: ${attempt.text()}`, { cause: attempt.error });
    }
    await Bun.sleep(pauseMs);
  }
}

async function outcome<Answer>(check: () => Answer | Promise<Answer>) {
  try {
    const answer = await check();
    return { answer, error: undefined, text: () => Bun.inspect(answer) };
  } catch (error) {
    return { answer: undefined, error, text: () => (error instanceof Error ? error.message : Bun.inspect(error)) };
  }
}
