import { expect, test } from "bun:test";
import { Client } from "../../../src/server/events/client.ts";

/** A socket whose reader can stop reading. */
function socketOf() {
  const sent: { readonly type: string; readonly seq?: number }[] = [];
  const socket = { buffered: 0, sent };
  const sink = {
    send: (text: string) => sent.push(JSON.parse(text)),
    getBufferedAmount: () => socket.buffered,
    close: () => undefined,
  };
  return { ...socket, sink, block: (bytes: number) => Object.assign(sink, { getBufferedAmount: () => bytes }) };
}

function source(seq: number | undefined) {
  return { seq, messageSince: (since: number | undefined) => JSON.stringify({ type: "delta", seq, since }) };
}

test("a client that does not read is sent nothing more, and then once what is true by then, and that it was behind", () => {
  const { sink, sent, block } = socketOf();
  const client = new Client("owner", sink);
  client.followAgents(undefined);
  client.tellAgents(source(1));
  block(1_000_000);
  for (let seq = 2; seq < 1000; seq += 1) client.tellAgents(source(seq));
  expect(sent).toHaveLength(1);
  block(0);
  client.tellAgents(source(1000));
  client.tellAgents(source(1000));
  expect(sent as unknown[]).toEqual([
    { type: "delta", seq: 1 },
    { type: "behind", dropped: 998 },
    { type: "delta", seq: 1000, since: 1 },
  ]);
});

test("a client that comes back is told at once that nothing has changed", () => {
  const { sink, sent } = socketOf();
  const client = new Client("owner", sink);
  client.followAgents(7);
  client.tellAgents(source(undefined));
  client.tellAgents(source(7));
  expect(sent as unknown[]).toEqual([{ type: "delta", seq: 7, since: 7 }]);
});

test("not more than so many terminals are followed at once", () => {
  const client = new Client("owner", socketOf().sink);
  const followed = Array.from({ length: 20 }, (_, index) => client.followTerminal(`${index}`));
  expect(followed.filter(Boolean)).toHaveLength(16);
});
