import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, writeConfig } from "./agents.ts";
import { secretOf, serving } from "./served.ts";

interface Server {
  readonly url: string | null;
  readonly socket: string | null;
  readonly session: string | null;
  readonly pid: number;
}

async function servers(box: Sandbox): Promise<Server[]> {
  const { stdout } = await box.fleet(["serve", "--list", "--json"]);
  return (JSON.parse(stdout) as { servers: Server[] }).servers;
}

/** A port that is in use for as long as this lives. */
async function takenPort(): Promise<{ readonly port: number } & Disposable> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { readonly port: number };
  return { port, [Symbol.dispose]: () => void server.close() };
}

test("a detached server lives in a tmux session until it is stopped, and two are no trouble to each other", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  const first = await box.fleet(["serve", "--detach", "--port", "0"], { cwd });
  const second = await box.fleet(["serve", "--detach", "--port", "0", "--json"], { cwd });
  const known = await servers(box);
  expect(known).toHaveLength(2);
  expect(first.stdout).toStartWith(`${known[1]?.url}/#code=`);
  expect(JSON.parse(second.stdout)).toMatchObject({ url: known[0]?.url, link: expect.stringContaining("#code=") });
  const token = secretOf(box, "token");
  for (const { url } of known) {
    const answered = await fetch(`${url}/api/v1/agents`, { headers: { Authorization: `Bearer ${token}` } });
    expect(await answered.json()).toEqual({ agents: [] });
  }
  const { stderr } = await box.fleet(["serve", "--stop"], { cwd });
  expect(stderr.split("\n").filter(Boolean).toSorted()).toEqual(known.map(({ url }) => `${url} has ended`).toSorted());
  expect(await servers(box)).toEqual([]);
  await box.untilNothingRuns();
});

test("a server that was killed is in nobody's way: the next one starts, and pages and programs go on with what they have", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  const killed = await serving(box, cwd);
  const opened = await killed.ask("/api/v1/session", { token: null, json: { code: killed.code } });
  const { token } = (await opened.json()) as { token: string };
  killed.program.signal("SIGKILL");
  await killed.program.ended();
  expect(await servers(box)).toEqual([]);
  const { port } = new URL(killed.url);
  const next = box.start(["serve", "--port", port], { cwd });
  await eventually(() => next.stdout.includes("#code="), { what: "the next server" });
  expect((await killed.ask("/api/v1/agents", { token })).status).toBe(200);
  expect((await killed.ask("/api/v1/agents")).status).toBe(200);
});

test("a port that was asked for by number is that one or none; the configured one has another behind it", async () => {
  using taken = await takenPort();
  await using box = await demoSandbox(`serve_port = ${taken.port}\n`);
  await box.fleet(["serve", "--port", `${taken.port}`]).expect({
    code: 1,
    stderr: `✗ cannot listen at 127.0.0.1:${taken.port}: something else does\n  to choose another place, run fleet serve --port NUMBER\n`,
  });
  for (const [host, why] of [
    ["no-such.invalid", "cannot listen at no-such.invalid: no address has this name"],
    ["192.0.2.77", "cannot listen at 192.0.2.77:0: this machine has no such address"],
  ] as const) {
    await box.fleet(["serve", "--host", host, "--port", "0"]).expect({
      code: 1,
      stderr: `✗ ${why}\n  for this machine alone, leave --host out; for all that reach it, add --host 0.0.0.0\n`,
    });
  }
  const { stdout } = await box.fleet(["serve", "--detach"]);
  expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#code=/);
  expect(stdout).not.toContain(`:${taken.port}/`);
  const failed = await box.fleet(["serve", "--detach", "--port", `${taken.port}`]);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain(`cannot listen at 127.0.0.1:${taken.port}: something else does`);
  expect(await servers(box)).toHaveLength(1);
});

test("a socket can be opened by its user alone, needs no token, and one that a killed server left is used again", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  const unix = join(box.root, "fleet.sock");
  const start = async () => {
    const program = box.start(["serve", "--socket", unix], { cwd });
    await eventually(() => program.stdout === `${unix}\n`, { what: "the server" });
    return program;
  };
  const ask = (headers: Record<string, string> = {}) => fetch("http://fleet/api/v1/agents", { unix, headers });
  const first = await start();
  expect(statSync(unix).mode & 0o777).toBe(0o600);
  expect(await (await ask()).json()).toEqual({ agents: [] });
  expect((await ask({ Origin: "http://fleet" })).status).toBe(403);
  expect((await ask({ Authorization: "Bearer wrong" })).status).toBe(401);
  await box.fleet(["serve", "--socket", unix]).expect({
    code: 1,
    stderr: "✗ [ROOT]/fleet.sock is in use\n  to choose another place, run fleet serve --socket PATH\n",
  });
  first.signal("SIGKILL");
  await first.ended();
  expect(existsSync(unix)).toBe(true);
  const second = await start();
  expect((await ask()).status).toBe(200);
  second.signal("SIGTERM");
  await second.ended();
  expect(existsSync(unix)).toBe(false);

  writeFileSync(unix, "mine");
  const refused = await box.fleet(["serve", "--socket", unix]);
  expect([refused.code, readFileSync(unix, "utf8")]).toEqual([1, "mine"]);
});

test("through a proxy that is named the page comes by a link of its own, with its token and its events", async () => {
  await using box = await demoSandbox('serve_page_url = "https://fleet.example.com"\n');
  const { path: cwd } = await box.repository("project");
  const { url, program } = await serving(box, cwd);
  await eventually(() => program.stderr.includes("from elsewhere: https://fleet.example.com/#code="), {
    what: "a link",
  });
  const link = (await box.fleet(["open", "--print"], { cwd })).stdout.trim();
  const [, code] = /^https:\/\/fleet\.example\.com\/#code=(\S+)$/.exec(link) ?? [];
  const headers = { Host: "fleet.example.com", Origin: "https://fleet.example.com" };
  const page = await fetch(`${url}/`, { headers });
  expect([page.status, page.headers.get("content-security-policy")]).toEqual([
    200,
    expect.stringContaining("wss://fleet.example.com"),
  ]);
  const session = await fetch(`${url}/api/v1/session`, {
    ...{ method: "POST", headers: { ...headers, "Content-Type": "application/json" } },
    body: JSON.stringify({ code }),
  });
  const { token } = (await session.json()) as { token: string };
  // What a proxy hands on by our own name comes from the same page.
  for (const named of [headers, { Origin: headers.Origin }]) {
    const protocols = ["fleet.v1", `token.${token}`];
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, { headers: named, protocols });
    const first = await new Promise<string>((resolve, reject) => {
      socket.onmessage = ({ data }) => resolve(String(data));
      socket.onerror = reject;
    });
    expect(JSON.parse(first)).toMatchObject({ type: "hello", role: "owner" });
    socket.close();
  }
});

test("with webhooks only nothing else is there, not even a refusal of a token", async () => {
  await using box = await demoSandbox('serve_url = "https://hooks.example.com"\n');
  const program = box.start(["serve", "--port", "0", "--webhooks-only"]);
  await eventually(() => program.stdout.endsWith("\n"), { what: "the server" });
  const url = program.stdout.trim();
  await eventually(() => program.stderr.includes("fleet help webhooks"), { what: "that no delivery is taken" });
  await box
    .fleet(["serve", "--list"])
    .expect({ stdout: /^http:\/\/127\.0\.0\.1:\d+ {2}pid \[PID\], webhooks only\n$/ });
  await box.fleet(["open", "--print"]).expect({
    code: 1,
    stderr:
      "✗ no fleet serve that runs has a page: each serves webhooks only, or a socket\n  to start one that has, run fleet serve\n",
  });
  const status = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(url + path, { method: "POST", headers })).status;
  for (const path of ["/", "/api/v1", "/api/v1/session", "/metrics", "/index.html", "/hooks/", "/hooks/none"]) {
    expect([path, await status(path)]).toEqual([path, 404]);
  }
  expect(await status("/hooks/none", { Host: "hooks.example.com" })).toBe(404);
  expect(await status("/api/v1", { Host: "hooks.example.com" })).toBe(421);
  expect(await status("/hooks/none", { Host: "other.example.com" })).toBe(421);
});

test("agents get the environment of the login shell and what is allowed by name, and no token of a tracker under any name", async () => {
  await using box = await demoSandbox('serve_env = ["ALLOWED", "COPY"]\n');
  const { path: cwd } = await box.repository();
  writeFileSync(join(box.home, ".profile"), "echo welcome\nexport FROM_PROFILE=yes\n");
  Object.assign(box.env, { ALLOWED: "yes", GITHUB_TOKEN: "ghp_secret", COPY: "ghp_secret", OF_PROJECT: "1" });
  Object.assign(box.env, { ANTHROPIC_API_KEY: "sk-secret" });
  const { ask, program } = await serving(box, cwd);
  const told = "agents that are started here do not get the ANTHROPIC_API_KEY of this terminal";
  await eventually(() => program.stderr.includes(told), { what: "a word of what agents do not get" });
  await ask("/api/v1/create", { json: { agents: [{ branch: "fix", prompt: "note" }] } });
  await box.fleet(["wait", "fix"], { cwd });
  const { agents } = (await (await ask("/api/v1/agents")).json()) as { agents: { pid: number }[] };
  const environment = readFileSync(`/proc/${agents[0]?.pid}/environ`, "utf8").split("\0");
  const names = [
    "ALLOWED",
    "FROM_PROFILE",
    "GITHUB_TOKEN",
    "COPY",
    "OF_PROJECT",
    "ANTHROPIC_API_KEY",
    "AI_FLEET_WITHHELD",
  ];
  const there = names.filter((name) => environment.some((pair) => pair.startsWith(`${name}=`)));
  expect(there).toEqual(["ALLOWED", "FROM_PROFILE"]);
  expect(environment.join("\n")).not.toContain("secret");
});

test("a change of the configuration holds from the next call on, and a mistake in it stops what changes something", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  const { ask } = await serving(box, cwd);
  const create = async (branch: string) => {
    const answered = await ask("/api/v1/create", { json: { agents: [{ branch }] } });
    return [answered.status, ((await answered.json()) as { kind?: string }).kind];
  };
  expect(await create("one")).toEqual([200, undefined]);
  writeConfig(box, "max_agents = 1\n");
  expect(await create("two")).toEqual([409, "failed"]);
  writeConfig(box, "max_agents = one\n");
  expect(await create("two")).toEqual([409, "config"]);
  expect((await ask("/api/v1/agents")).status).toBe(200);
  writeConfig(box, "max_agents = 22\n");
  expect(await create("two")).toEqual([200, undefined]);
});

test("a server takes up again when tmux was ended and started anew", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd });
  const { ask } = await serving(box, cwd);
  await box.tmux.kill();
  const statusNow = async () => {
    const { agents } = (await (await ask("/api/v1/agents")).json()) as { agents: { status: string }[] };
    return agents.map(({ status }) => status);
  };
  expect(await statusNow()).toEqual(["stopped"]);
  expect((await ask("/api/v1/resume", { json: { targets: ["fix"] } })).status).toBe(200);
  await eventually(async () => (await statusNow())[0] === "idle", { what: "the agent to be back" });
});

test("a client that sends nothing, or never ends, does not keep the others waiting", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  const { ask, url, token } = await serving(box, cwd);
  const { port } = new URL(url);
  const head = `POST /api/v1/list HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n`;
  const beginnings = ["", "GET / HTT", head, `${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`];
  const slow = Array.from({ length: 200 }, (_, index) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(beginnings[index % beginnings.length] ?? "");
    return socket;
  });
  for (let round = 0; round < 20; round += 1) expect((await ask("/api/v1/agents")).status).toBe(200);
  for (const socket of slow) socket.destroy();
});
