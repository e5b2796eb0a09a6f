import type { Fleet } from "../fleet/fleet.ts";
import { bodyOf, mostOfHook } from "./body.ts";
import { hooks } from "./hooks/table.ts";
import { methodRefused, noHookThere, Refusal } from "./problem.ts";

/** Nobody is known yet who sends: what so many send at once is all that is kept for them. */
const atOnce = 20;
let reading = 0;

/** Answers a delivery at `/hooks/NAME`. Throws a Refusal for one that cannot be read, and what its hook throws. */
export async function answerDelivery(name: string, request: Request, fleet: Fleet): Promise<Response> {
  const found = Object.hasOwn(hooks, name) ? hooks[name] : undefined;
  if (found === undefined) throw noHookThere(`/hooks/${name}`);
  if (request.method !== "POST") throw methodRefused(request.method, ["POST"]);
  const body = await deliveredBody(request);
  const run = await found.load();
  const { status, body: answered } = await run({ fleet, headers: request.headers, body });
  return answered === undefined ? new Response(null, { status }) : Response.json(answered, { status });
}

async function deliveredBody(request: Request): Promise<Uint8Array> {
  if (reading >= atOnce) {
    throw new Refusal(429, `${atOnce} deliveries are being read already`, {
      code: "too-many-deliveries",
      hint: "deliver it again in a while",
      headers: { "Retry-After": "30" },
    });
  }
  reading += 1;
  try {
    return await bodyOf(request, mostOfHook);
  } finally {
    reading -= 1;
  }
}
