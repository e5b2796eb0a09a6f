import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { eventually } from "../helpers/wait.ts";
import { agentOn } from "./agents.ts";
import { type Served, servedPlace } from "./served.ts";

/** A connection that says what no HTTP library would, and all that comes back. */
class Raw implements Disposable {
  readonly socket: Socket;
  received = "";
  closed = false;

  constructor({ url }: Served) {
    this.socket = connect(Number(new URL(url).port), "127.0.0.1");
    this.socket.on("data", (data) => {
      this.received += data.toString("latin1");
    });
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.closed = true;
    });
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.received)?.[1] ?? 0);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

function head({ url, token }: Served, line: string, more: readonly string[] = []): string {
  const { host } = new URL(url);
  return [line, `Host: ${host}`, `Authorization: Bearer ${token}`, ...more, "", ""].join("\r\n");
}

/** The status that is answered to some bytes; 0 when the connection is closed without one. */
async function statusOf(served: Served, bytes: string): Promise<number> {
  using raw = new Raw(served);
  raw.socket.write(bytes);
  await eventually(() => raw.status > 0 || raw.closed, { what: "an answer" });
  return raw.status;
}

function megabytesOf({ program }: Served): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.pid}/status`, "latin1")) ?? [];
  return Number(kilobytes) / 1000;
}

test("no path leads out of what is served", async () => {
  await using at = await servedPlace();
  const paths = [
    "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/assets/../../etc/passwd",
    "/assets/..%2findex.html",
    "/api/v1/operations/../../../state.json",
    "/hooks/..%2ftable",
    "/hooks/constructor",
    "/api/v1/__proto__",
    "/api/v1/toString",
    "//etc/passwd",
    "/api/v1//list",
  ];
  const statuses = await Promise.all(paths.map((path) => statusOf(at.served, head(at.served, `GET ${path} HTTP/1.1`))));
  expect(statuses).toEqual(paths.map(() => 404));
  const operation = "/api/v1/operations/..%2f..%2fstate.json";
  expect(await statusOf(at.served, head(at.served, `GET ${operation} HTTP/1.1`))).toBe(400);
});

test("a request that could be read in two ways is refused", async () => {
  await using at = await servedPlace();
  const headers = [
    ["Content-Length: 5", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: xchunked"],
    ["Content-Length: -1"],
    ["Content-Length: 1", "Content-Length: 2"],
  ];
  for (const more of headers) {
    const sent = head(at.served, "POST /api/v1/list HTTP/1.1", ["Content-Type: application/json", ...more]);
    expect([more, await statusOf(at.served, `${sent}0\r\n\r\n`)]).toEqual([more, 400]);
  }
  expect(await statusOf(at.served, head(at.served, "GET /api/v1 HTTP/1.1", ["Host: evil.example"]))).toBe(421);
});

test("whoever sends a gigabyte sends it in vain, said before or not, and the server does not grow", async () => {
  await using at = await servedPlace();
  const { served } = at;
  await served.ask("/api/v1/agents");
  const before = megabytesOf(served);
  const chunk = Buffer.alloc(1_000_000, " ");
  const pour = async (more: string, frame: (data: Buffer) => (Buffer | string)[]) => {
    using raw = new Raw(served);
    raw.socket.write(head(served, "POST /api/v1/list HTTP/1.1", ["Content-Type: application/json", more]));
    let megabytes = 0;
    for (; megabytes < 1000 && !raw.closed && raw.status === 0; megabytes += 1) {
      for (const part of frame(chunk)) {
        if (raw.socket.write(part)) continue;
        await eventually(() => raw.socket.writableLength < 1_000_000 || raw.closed, { what: "the server to read" });
      }
      await Bun.sleep(0);
    }
    return megabytes;
  };
  expect(await pour("Content-Length: 1000000000", (data) => [data])).toBeLessThan(100);
  expect(
    await pour("Transfer-Encoding: chunked", (data) => [`${data.length.toString(16)}\r\n`, data, "\r\n"]),
  ).toBeLessThan(100);
  expect((await served.ask("/api/v1/agents")).status).toBe(200);
  expect(megabytesOf(served) - before).toBeLessThan(60);
});

test("five thousand connections that say nothing leave room for one that does, and none of their memory stays in the way", async () => {
  await using at = await servedPlace();
  const { served } = at;
  const before = megabytesOf(served);
  let connected = 0;
  const sockets: Socket[] = [];
  for (let count = 0; count < 5000; count += 1) {
    const socket = connect(Number(new URL(served.url).port), "127.0.0.1", () => {
      connected += 1;
    });
    socket.on("error", () => undefined);
    sockets.push(socket);
    if (count % 100 === 99) await Bun.sleep(5);
  }
  await eventually(() => connected === 5000, { what: "all connections" });
  expect((await served.ask("/api/v1/agents")).status).toBe(200);
  expect(megabytesOf(served) - before).toBeLessThan(60);
  for (const socket of sockets) socket.destroy();
});

test("whoever asks for much and reads nothing is kept little for, and the others are answered", async () => {
  await using at = await servedPlace();
  const { served } = at;
  const { id } = agentOn(at.box, "fix");
  await served.ask("/api/v1/agents");
  const before = megabytesOf(served);
  const raws = Array.from({ length: 20 }, () => new Raw(served));
  for (const raw of raws) {
    const upgrade = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
    const named = ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: fleet.v1"];
    raw.socket.write(head(served, "GET /api/v1/events HTTP/1.1", [...upgrade, ...named]));
    await eventually(() => raw.received.includes('"hello"'), { what: "the socket" });
    raw.socket.pause();
    raw.socket.write(frame({ type: "subscribe", to: "terminal", id }));
    for (let count = 0; count < 300; count += 1) raw.socket.write(frame({ type: "scrollback", id, lines: 5000 }));
    for (let count = 0; count < 300; count += 1) raw.socket.write(frame({ type: "nonsense" }));
  }
  for (let round = 0; round < 5; round += 1) expect((await served.ask("/api/v1/agents")).status).toBe(200);
  expect(megabytesOf(served) - before).toBeLessThan(60);
  for (const raw of raws) raw[Symbol.dispose]();
});

/** A message as a client frames it, RFC 6455, section 5.2; masked with zeros. */
function frame(message: unknown): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

test("a message that is too large ends its connection alone", async () => {
  await using at = await servedPlace();
  const { url, token, ask } = at.served;
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, ["fleet.v1", `token.${token}`]);
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
  socket.onopen = () => socket.send("x".repeat(1_000_000));
  expect(await closed).toBe(1009);
  expect((await ask("/api/v1/agents")).status).toBe(200);
});

test("a stopped server holds no agent up, and one that goes on shows what they did in between", async () => {
  await using at = await servedPlace();
  const { url, token, program } = at.served;
  const { id } = agentOn(at.box, "fix");
  const frames: string[] = [];
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, ["fleet.v1", `token.${token}`]);
  socket.onmessage = ({ data }) => frames.push(String(data));
  socket.onopen = () => socket.send(JSON.stringify({ type: "subscribe", to: "terminal", id }));
  await eventually(() => frames.some((text) => text.includes('"whole":true')), { what: "the terminal" });
  program.signal("SIGSTOP");
  await at.box.fleet(["prompt", "fix", "note the second"], { cwd: at.cwd });
  const waited = await at.box.fleet(["wait", "fix"], { cwd: at.cwd });
  expect(waited.code).toBe(0);
  program.signal("SIGCONT");
  await eventually(() => frames.some((text) => text.includes("note the second")), { what: "what it did" });
  socket.close();
});
