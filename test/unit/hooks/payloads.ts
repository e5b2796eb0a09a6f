import examples from "@octokit/webhooks-examples/api.github.com/index.json";

type Json = Readonly<Record<string, unknown>>;

/** A payload that GitHub has sent, as its package of examples has it, with other fields in some places. */
export function githubPayload(
  event: string,
  action: string,
  change: (payload: Record<string, Json>) => void = () => undefined,
): Json {
  const all =
    (examples as unknown as { name: string; examples: Json[] }[]).find(({ name }) => name === event)?.examples ?? [];
  const found = all.find((payload) => payload.action === action);
  if (found === undefined) throw new Error(`there is no example of ${event} ${action}`);
  const copy = structuredClone(found) as Record<string, Json>;
  change(copy);
  return copy;
}

/** All payloads of GitHub that the package has, with the names of their events. */
export const githubPayloads = (examples as unknown as { name: string; examples: Json[] }[]).flatMap(
  ({ name, examples }) => examples.map((payload) => ({ name, payload })),
);
