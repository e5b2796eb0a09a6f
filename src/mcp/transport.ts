import { deserializeMessage, serializeMessage } from "@modelcontextprotocol/sdk/shared/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { isJSONRPCRequest, type JSONRPCMessage, type RequestId } from "@modelcontextprotocol/sdk/types.js";

interface LineTransportOptions {
  readonly lines: AsyncIterable<string>;
  readonly write: (line: string) => void;
  /** There are no more lines. What was asked is answered still, before the transport is closed. */
  readonly onEnd: () => void;
}

/** Messages as lines of JSON, in and out. What is no message is told to `onerror`, and the next line is read. */
export class LineTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #options: LineTransportOptions;
  readonly #unanswered = new Set<RequestId>();
  #ended = false;

  constructor(options: LineTransportOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    void this.#read();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#options.write(serializeMessage(message).trimEnd());
    if ("id" in message && message.id !== undefined && !("method" in message)) this.#unanswered.delete(message.id);
    this.#closeWhenDone();
  }

  async close(): Promise<void> {
    this.onclose?.();
  }

  async #read(): Promise<void> {
    for await (const line of this.#options.lines) {
      if (line.trim() === "") continue;
      try {
        const message = deserializeMessage(line);
        if (isJSONRPCRequest(message)) this.#unanswered.add(message.id);
        this.onmessage?.(message);
      } catch (error) {
        this.onerror?.(error as Error);
      }
    }
    this.#ended = true;
    this.#options.onEnd();
    this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    if (this.#ended && this.#unanswered.size === 0) this.onclose?.();
  }
}
