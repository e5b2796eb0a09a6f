/**
 * The error that a promise is rejected with. Instead of `expect(promise).rejects`, which runs Bun's event loop inside itself:
 * events of other processes that were about to be handled, such as the end of their output, are then lost (Bun 1.4.5).
 *
 * @throws when the promise is fulfilled.
 */
export async function failureOf(promise: PromiseLike<unknown>): Promise<Error> {
  const { error } = await promise.then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error }),
  );
  if (error instanceof Error) return error;
  throw new Error(error === undefined ? "an error was expected" : `not an Error was thrown: ${Bun.inspect(error)}`);
}
