/** One server-sent event: an object with the `type` that both APIs name it by. */
export interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A complete stream as an HTTP response. The agents read it piece by piece as they would a slow one. */
export function eventStream(events: readonly StreamEvent[]): Response {
  const text = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
  return new Response(text, { headers: { "content-type": "text/event-stream", "cache-control": "no-cache" } });
}

/** A text in the pieces in which a model would send it. */
export function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,40}/g) ?? [""];
}
