/**
 * Makes of a question about many a question about each: what is asked for while an answer is on its way is asked for together as soon as that
 * has come, so that a hundred who ask at once cost two questions. Each gets what was looked at after it asked, or the error that is the
 * answer for it alone.
 */
export function gathered<Item, Answer>(
  ask: (items: readonly Item[]) => Promise<readonly (Answer | Promise<Answer>)[]>,
): (item: Item) => Promise<Answer> {
  let waiting: { readonly item: Item; readonly answered: PromiseWithResolvers<Answer> }[] = [];
  let asking = false;

  async function askAll(): Promise<void> {
    while (waiting.length > 0) {
      const round = waiting;
      waiting = [];
      try {
        const answers = await ask(round.map(({ item }) => item));
        // One answer for each item, in their order, is what `ask` promises.
        for (const [index, { answered }] of round.entries())
          answered.resolve(answers[index] as Answer | Promise<Answer>);
      } catch (error) {
        for (const { answered } of round) answered.reject(error);
      }
    }
    asking = false;
  }

  return (item) => {
    const answered = Promise.withResolvers<Answer>();
    waiting.push({ item, answered });
    if (!asking) {
      asking = true;
      // Those who ask in the same turn of the event loop are in the first round.
      setImmediate(() => void askAll());
    }
    return answered.promise;
  };
}
