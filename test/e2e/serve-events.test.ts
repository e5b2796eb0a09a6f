import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestHost } from "../helpers/hosts.ts";
import { eventually } from "../helpers/wait.ts";
import { agentOn, demoSandbox } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";
import { type Served, type ServedPlace, secretOf, servedPlace, serving } from "./served.ts";

type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

interface Agent {
  readonly id: string;
  readonly branch: string;
  readonly status: string;
}

/** A socket to the events of a server, with all that came through it. */
class Follower implements Disposable {
  readonly frames: Frame[] = [];
  closed: number | undefined;
  readonly #socket: WebSocket;

  constructor({ url }: Served, token: string) {
    this.#socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, ["fleet.v1", `token.${token}`]);
    this.#socket.onmessage = ({ data }) => this.frames.push(JSON.parse(String(data)) as Frame);
    this.#socket.onclose = ({ code }) => {
      this.closed = code;
    };
  }

  say(message: unknown): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The first frame after `from` that is wanted. */
  frame(wanted: (frame: Frame) => unknown, from = 0): Promise<Frame> {
    return eventually(() => this.frames.slice(from).find(wanted), { what: "a frame" });
  }

  of(type: string, from = 0): Promise<Frame> {
    return this.frame((frame) => frame.type === type, from);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

async function follower(at: ServedPlace, token = at.served.token): Promise<Follower> {
  const follows = new Follower(at.served, token);
  await follows.of("hello");
  return follows;
}

/** What somebody knows of the agents who had `before` and was told these frames. Throws when a frame goes on from anything else. */
function known(frames: readonly Frame[], before: Known = { seq: 0, agents: new Map() }): Known {
  return frames.reduce(({ seq, agents }, frame) => {
    if (frame.type === "snapshot") return { seq: Number(frame.seq), agents: named(frame.agents) };
    if (frame.type !== "delta") return { seq, agents };
    expect(frame.since).toBe(seq);
    const kept = [...agents].filter(([id]) => !(frame.gone as string[]).includes(id));
    return { seq: Number(frame.seq), agents: new Map([...kept, ...named(frame.changed)]) };
  }, before);
}

interface Known {
  readonly seq: number;
  readonly agents: ReadonlyMap<string, Agent>;
}

function named(agents: unknown): Map<string, Agent> {
  return new Map((agents as Agent[]).map((agent) => [agent.id, agent]));
}

function statuses({ agents }: Known): string[] {
  return [...agents.values()].map(({ branch, status }) => `${branch} ${status}`).sort();
}

test("whoever follows the agents gets all of them once, then what changes, and goes on after a lost connection without a gap", async () => {
  await using at = await servedPlace();
  using follows = await follower(at);
  expect(follows.frames[0]).toEqual({
    type: "hello",
    api: 1,
    fleet: expect.any(String),
    instance: expect.any(String),
    role: "owner",
  });
  follows.say({ type: "subscribe", to: "agents" });
  await follows.of("snapshot");
  expect(statuses(known(follows.frames))).toEqual(["fix idle"]);
  await at.box.fleet(["create", "more", "-p", "work 60"], { cwd: at.cwd });
  await eventually(() => statuses(known(follows.frames)).includes("more working"), { what: "the new agent" });
  follows[Symbol.dispose]();
  const had = known(follows.frames);

  // While nobody follows, an agent goes and another comes.
  await at.box.fleet(["kill", "more", "-y"], { cwd: at.cwd });
  await at.box.fleet(["create", "third", "-p", "note"], { cwd: at.cwd });
  using again = await follower(at);
  again.say({ type: "subscribe", to: "agents", instance: follows.frames[0]?.instance, after: had.seq });
  const now = () => statuses(known(again.frames, had));
  await eventually(() => Bun.deepEquals(now(), ["fix idle", "third idle"]), { what: "what is there by now" });
  expect(again.frames.filter(({ type }) => type === "snapshot")).toEqual([]);

  using other = await follower(at);
  other.say({ type: "subscribe", to: "agents", instance: "another start", after: 3 });
  await other.of("snapshot");
  expect(statuses(known(other.frames))).toEqual(["fix idle", "third idle"]);
});

test("a terminal is shown whole, then what changes of it, and what is typed arrives byte for byte", async () => {
  await using at = await servedPlace();
  const { id } = agentOn(at.box, "fix");
  using follows = await follower(at);
  follows.say({ type: "subscribe", to: "terminal", id });
  const whole = await follows.of("terminal");
  expect(whole).toMatchObject({ id, whole: true, columns: 200, rows: 50, cursor: { visible: true } });
  expect((whole.lines as string[]).length).toBe(50);
  follows.say({ type: "input", id, text: "héllo 'quoted' ; #{pid}" });
  await follows.frame(
    (frame) => frame.whole === false && JSON.stringify(frame.changed).includes("héllo 'quoted' ; #{pid}"),
  );
  follows.say({ type: "scrollback", id, lines: 10 });
  expect(await follows.of("scrollback")).toMatchObject({ id, lines: expect.any(Array) });
  const before = follows.frames.length;
  await at.box.fleet(["stop", "fix"], { cwd: at.cwd });
  expect(await follows.of("terminal-ended", before)).toEqual({
    type: "terminal-ended",
    id,
    reason: "its session has ended",
  });
  await at.box.fleet(["resume", "fix"], { cwd: at.cwd });
  expect(await follows.frame((frame) => frame.whole === true, before)).toMatchObject({ id });
});

test("agents on other machines are told, too, and those here do not wait for a machine that is silent", async () => {
  await using box = await demoSandbox();
  await using far = await demoHosts(box, ["far1"]);
  const { path: cwd } = await box.repository("project");
  await box.fleet(["create", "there", "-p", "note", "--host", "far1"], { cwd, timeoutMs: 60_000 });
  const served = await serving(box, cwd);
  const at: ServedPlace = { box, cwd, served, [Symbol.asyncDispose]: async () => undefined };
  using follows = await follower(at);
  follows.say({ type: "subscribe", to: "agents" });
  const told = (...wanted: string[]) =>
    eventually(() => Bun.deepEquals(statuses(known(follows.frames)), wanted), {
      what: wanted.join(),
      timeoutMs: 60_000,
    });
  await told("there idle");
  const [there] = [...known(follows.frames).agents.values()];
  expect(there).toMatchObject({ branch: "there", host: "far1", repo: cwd });
  far.far1.hang();
  await told("there unknown");
  await box.fleet(["create", "here", "-p", "note"], { cwd });
  await told("here idle", "there unknown");
  far.far1.hang("no more");
  await told("here idle", "there idle");
}, 240_000);

test("a terminal on another machine is shown, typed into, and told to be out of reach; it is shown again when its machine is back", async () => {
  await using box = await demoSandbox();
  await using far = await demoHosts(box, ["far1"]);
  const { path: cwd } = await box.repository("project");
  const made = await box.fleet(["create", "there", "--host", "far1", "--json"], { cwd, timeoutMs: 60_000 });
  const [{ id }] = JSON.parse(made.stdout).agents;
  const served = await serving(box, cwd);
  const at: ServedPlace = { box, cwd, served, [Symbol.asyncDispose]: async () => undefined };
  using follows = await follower(at);
  follows.say({ type: "subscribe", to: "terminal", id });
  expect(await follows.of("terminal")).toMatchObject({ id, whole: true, columns: 200, rows: 50 });
  follows.say({ type: "input", id, text: "héllo 'quoted' ; #{pid}" });
  const shows = (text: string) => (frame: Frame) =>
    frame.type === "terminal" && JSON.stringify(frame.changed ?? frame.lines).includes(text);
  await follows.frame(shows("héllo 'quoted' ; #{pid}"));
  follows.say({ type: "scrollback", id, lines: 10 });
  expect(await follows.of("scrollback")).toMatchObject({ id, lines: expect.any(Array) });
  using viewer = await follower(at, secretOf(box, "viewer-token"));
  viewer.say({ type: "subscribe", to: "terminal", id });
  await viewer.of("terminal");
  viewer.say({ type: "input", id, text: "x" });
  expect(await viewer.of("error")).toMatchObject({ code: "viewer" });

  const before = follows.frames.length;
  await far.far1.stop("connections");
  expect(await follows.of("terminal-ended", before)).toMatchObject({ id, reason: expect.stringContaining("far1") });
  follows.say({ type: "input", id, text: "lost" });
  expect(await follows.of("error", before)).toMatchObject({ of: "input", message: expect.stringContaining("far1") });
  await far.far1.start();
  expect(await follows.frame((frame) => frame.whole === true, before)).toMatchObject({ id });
  const later = follows.frames.length;
  await box.fleet(["stop", "there"], { cwd, timeoutMs: 60_000 });
  expect(await follows.of("terminal-ended", later)).toMatchObject({ reason: "its session on far1 has ended" });
}, 240_000);

test("what another machine says of a terminal is text and styles, or it is not shown", async () => {
  await using box = await demoSandbox();
  await using far = await demoHosts(box, ["far1"]);
  const { path: cwd } = await box.repository("project");
  const made = await box.fleet(["create", "there", "--host", "far1", "--json"], { cwd, timeoutMs: 60_000 });
  const [{ id }] = JSON.parse(made.stdout).agents;
  const lines = ["\u001b[31mred", "\u001b]0;a title\u0007\u001b[2J\u001b[Hmoved", "\u009b5ncontrol\u0000"];
  const screen = { columns: 80, rows: 3, cursor: { column: 0, row: 0, visible: true }, title: "", lines };
  playFleet(far.far1, [
    { screens: [{ id, mark: "1", screen }] },
    { screens: [{ id, mark: "2", screen: { ...screen, columns: 1e9 } }] },
  ]);
  const served = await serving(box, cwd);
  using follows = await follower({ box, cwd, served, [Symbol.asyncDispose]: async () => undefined });
  follows.say({ type: "subscribe", to: "terminal", id });
  expect(await follows.of("terminal")).toMatchObject({ lines: ["\u001b[31mred", "]0;a title[2J[Hmoved", "5ncontrol"] });
  expect(await follows.of("terminal-ended")).toMatchObject({
    reason: "far1 answers host_screens in a way that this fleet does not understand",
  });
});

/** Puts a program in the place of a host's fleet that greets as one, and answers its calls with these, the last one for ever. */
function playFleet({ home }: TestHost, answers: readonly object[]): void {
  const program = join(home, ".ai_fleet/bin/fleet");
  rmSync(program);
  const script = `#!${process.execPath}
const answers = ${JSON.stringify(answers)};
console.log(JSON.stringify({ hello: { api: 1, fleet: "0.1.0" } }));
for await (const line of console) {
  const { id, hello } = JSON.parse(line);
  const answer = hello || answers.length === 1 ? answers[0] : answers.shift();
  console.log(JSON.stringify({ id, answer }));
}
`;
  writeFileSync(program, script, { mode: 0o755 });
}

test("whoever may only look sees terminals and types into none", async () => {
  await using at = await servedPlace();
  const { id } = agentOn(at.box, "fix");
  using follows = await follower(at, secretOf(at.box, "viewer-token"));
  follows.say({ type: "subscribe", to: "terminal", id });
  const { lines } = await follows.of("terminal");
  follows.say({ type: "input", id, text: "rm -rf /\r" });
  expect(await follows.of("error")).toMatchObject({ code: "viewer", of: "input" });
  using again = await follower(at);
  again.say({ type: "subscribe", to: "terminal", id });
  expect((await again.of("terminal")).lines).toEqual(lines);
});

test("what is no message is refused, and the connection stays", async () => {
  await using at = await servedPlace();
  using follows = await follower(at);
  const { id } = agentOn(at.box, "fix");
  const wrong = [
    "no json",
    "[]",
    { type: "subscribe" },
    { type: "subscribe", to: "agents", extra: 1 },
    { type: "input", id, text: "" },
  ];
  for (const message of wrong) {
    const from = follows.frames.length;
    follows.say(message);
    expect(await follows.of("error", from)).toMatchObject({ code: "malformed-message", of: null });
  }
  const from = follows.frames.length;
  follows.say({ type: "input", id, text: "x" });
  expect(await follows.of("error", from)).toMatchObject({ code: "not-followed", of: "input" });
  follows.say({ type: "subscribe", to: "agents" });
  await follows.of("snapshot");
  expect(statuses(known(follows.frames))).toEqual(["fix idle"]);
});

test("a socket is opened with the token, by our own page, and by nobody else", async () => {
  await using at = await servedPlace();
  const { ask, url, token } = at.served;
  const upgrade = (headers: Record<string, string>, own: string | null = token) =>
    ask("/api/v1/events", {
      token: own,
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...headers,
      },
    }).then(({ status }) => status);
  const spoken = { "Sec-WebSocket-Protocol": "fleet.v1" };
  expect(await upgrade({ ...spoken, Origin: "http://evil.example" })).toBe(403);
  expect(await upgrade({ ...spoken, Host: "evil.example" })).toBe(421);
  expect(await upgrade(spoken, null)).toBe(401);
  expect(await upgrade({ "Sec-WebSocket-Protocol": `fleet.v1, token.${token}x` }, null)).toBe(401);
  expect(await upgrade({})).toBe(426);
  expect(await upgrade({ ...spoken, Origin: url.replace("127.0.0.1", "localhost") })).toBe(403);
});

test("the end of the server is told to those who follow", async () => {
  await using at = await servedPlace();
  using follows = await follower(at);
  at.served.program.signal("SIGTERM");
  await follows.of("ending");
  const { code } = await at.served.program.ended();
  expect(code).toBe(0);
  await eventually(() => follows.closed, { what: "the socket to close" });
});
