import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/wait.ts";
import { agentOn, fleetHome, registered } from "./agents.ts";
import { secretOf, servedPlace, serving } from "./served.ts";

interface Problem {
  readonly status: number;
  readonly kind: string;
  readonly code: string | null;
}

async function problemOf(response: Promise<Response>): Promise<Problem> {
  const answered = await response;
  expect(answered.headers.get("content-type")).toBe("application/problem+json");
  const { status, kind, code } = (await answered.json()) as Problem;
  expect(status).toBe(answered.status);
  return { status, kind, code };
}

test("a server answers with the operations of the fleet, ends on Ctrl-C at once, and the agents stay as they are", async () => {
  await using at = await servedPlace();
  const { ask, program } = at.served;
  const listed = (await (await ask("/api/v1/agents")).json()) as { agents: { branch: string; status: string }[] };
  expect(listed.agents.map(({ branch, status }) => [branch, status])).toEqual([["fix", "idle"]]);
  const posted = await ask("/api/v1/list", { json: { targets: ["fix"], cost: true } });
  expect(((await posted.json()) as typeof listed).agents).toHaveLength(1);
  const got = await ask("/api/v1/list?targets=fix&targets=gone&cost=true");
  expect(got.status).toBe(404);
  program.signal("SIGINT");
  const { code, signal } = await program.ended();
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  expect(registered(at.box)).toHaveLength(1);
});

test("what changes something is done once for one idempotency key, and its outcome can be asked for", async () => {
  await using at = await servedPlace();
  const { ask } = at.served;
  const create = () =>
    ask("/api/v1/create", {
      json: { agents: [{ branch: "more", prompt: "note" }] },
      headers: { "Idempotency-Key": "more-0001" },
    });
  const answers = await Promise.all([create(), create()]);
  const bodies = await Promise.all(answers.map((answer) => answer.json()));
  expect(answers.map(({ status, headers }) => [status, headers.get("fleet-operation")])).toEqual([
    [200, "more-0001"],
    [200, "more-0001"],
  ]);
  expect(bodies[0]).toEqual(bodies[1]);
  expect(registered(at.box)).toHaveLength(2);
  expect(await (await ask("/api/v1/operations/more-0001")).json()).toEqual({ outcome: { answer: bodies[0] } });
  expect(await problemOf(ask("/api/v1/operations/gone-0001"))).toEqual({
    status: 404,
    kind: "failed",
    code: "operation-unknown",
  });
  expect(
    await problemOf(ask("/api/v1/stop", { json: { targets: ["more"] }, headers: { "Idempotency-Key": "more-0001" } })),
  ).toEqual({ status: 409, kind: "usage", code: "operation-reused" });
});

test("a long operation tells its progress as lines of JSON, the answer last", async () => {
  await using at = await servedPlace();
  const response = await at.served.ask("/api/v1/create", {
    json: { agents: [{ branch: "more", prompt: "note" }] },
    headers: { Accept: "application/x-ndjson" },
  });
  const lines = (await response.text())
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(lines[0]).toEqual({ progress: expect.objectContaining({ kind: "step", branch: "more", step: "branch" }) });
  expect(lines.at(-1)).toEqual({
    answer: { agents: [expect.objectContaining({ branch: "more" })], failures: [] },
  });
});

test("an operation that runs can be asked for and ended by its name, by somebody else too", async () => {
  await using at = await servedPlace();
  const { ask } = at.served;
  const name = "/api/v1/operations/test-0001";
  const headers = { "Idempotency-Key": "test-0001" };
  const tested = ask("/api/v1/test", { json: { targets: ["fix"], command: "sleep 60" }, headers });
  await eventually(async () => (await ask(name)).status === 200, { what: "the operation to begin" });
  expect(await (await ask(name)).json()).toEqual({ outcome: null });
  expect(await (await ask(name, { method: "DELETE" })).json()).toEqual({ cancelled: true });
  expect(await problemOf(tested)).toEqual({ status: 409, kind: "interrupted", code: "cancelled" });
  expect(await (await ask(name)).json()).toEqual({
    outcome: { error: expect.objectContaining({ code: "cancelled" }) },
  });
  expect(await (await ask(name, { method: "DELETE" })).json()).toEqual({ cancelled: false });
});

test("a caller who leaves in the middle of something that changes leaves it going", async () => {
  await using at = await servedPlace();
  const { ask } = at.served;
  const leaving = new AbortController();
  const headers = { "Idempotency-Key": "test-0002", Accept: "application/x-ndjson" };
  const json = { targets: ["fix"], command: "sleep 1; echo done" };
  const tested = ask("/api/v1/test", { json, headers, signal: leaving.signal });
  await eventually(async () => (await ask("/api/v1/operations/test-0002")).status === 200, {
    what: "the operation to begin",
  });
  leaving.abort();
  await tested.catch(() => undefined);
  const ended = async () =>
    ((await (await ask("/api/v1/operations/test-0002")).json()) as { outcome: unknown }).outcome;
  expect(await eventually(ended, { what: "the operation to end" })).toEqual({
    answer: expect.objectContaining({ agents: [expect.objectContaining({ branch: "fix" })] }),
  });
});

test("an agent is made where the caller says they are", async () => {
  await using at = await servedPlace();
  const { path } = await at.box.repository("gründe");
  const make = (directory: string) =>
    at.served.ask("/api/v1/create", {
      json: { agents: [{ branch: "there" }] },
      headers: { "Fleet-Directory": encodeURIComponent(directory) },
    });
  expect((await make(path)).status).toBe(200);
  expect(agentOn(at.box, "there").repo).toBe(path);
  expect(await problemOf(make(`${path}/gone`))).toEqual({ status: 404, kind: "usage", code: "unknown-directory" });
});

test("nobody gets in without the token, and no token is taken from a URL", async () => {
  await using at = await servedPlace();
  const { ask, token } = at.served;
  for (const path of ["/api/v1", "/api/v1/agents", "/api/v1/list", "/metrics", "/api/v1/nothing", "/etc/passwd"]) {
    expect(await problemOf(ask(path, { token: null }))).toMatchObject({ status: 401, code: "token-missing" });
    expect(await problemOf(ask(path, { token: `${token}x` }))).toMatchObject({ status: 401, code: "token-wrong" });
  }
  expect(await problemOf(ask(`/api/v1/agents?token=${token}`))).toMatchObject({ status: 400, code: "token-in-url" });
  for (const name of ["token", "viewer-token"]) {
    expect(statSync(join(fleetHome(at.box), "serve", name)).mode & 0o777).toBe(0o600);
  }
});

test("a page of another site gets nothing, neither by its own name nor by a name that was pointed here", async () => {
  await using at = await servedPlace();
  const { ask, url } = at.served;
  const { host, port } = new URL(url);
  const refused = { status: 403, code: "foreign-origin" };
  const origins = ["http://evil.example", "null", `https://${host}`, `http://127.0.0.1:${Number(port) + 1}`];
  for (const origin of [...origins, `http://localhost:${port}`]) {
    expect(await problemOf(ask("/api/v1/agents", { headers: { Origin: origin } }))).toMatchObject(refused);
  }
  expect((await ask("/api/v1/agents", { headers: { Origin: url } })).status).toBe(200);
  for (const name of ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port}.evil.example`]) {
    const answered = ask("/api/v1/agents", { headers: { Host: name } });
    expect(await problemOf(answered)).toMatchObject({ status: 421, code: "foreign-host" });
  }
  expect((await ask("/api/v1/agents", { headers: { Host: `localhost:${port}` } })).status).toBe(200);
});

test("the link opens one page, whose token is worth nothing at another port", async () => {
  await using at = await servedPlace();
  const { ask, code } = at.served;
  const open = (using: unknown) => ask("/api/v1/session", { token: null, json: { code: using } });
  expect(await problemOf(open("guessed"))).toMatchObject({ status: 401, code: "code-used-up" });
  const session = (await (await open(code)).json()) as { token: string; role: string };
  expect(session.role).toBe("owner");
  expect(await problemOf(open(code))).toMatchObject({ status: 401, code: "code-used-up" });
  expect((await ask("/api/v1/agents", { token: session.token })).status).toBe(200);
  const other = await serving(at.box, at.cwd);
  expect((await other.ask("/api/v1/agents")).status).toBe(200);
  expect((await other.ask("/api/v1/agents", { token: session.token })).status).toBe(401);
});

test("whoever may only look can look, and change nothing", async () => {
  await using at = await servedPlace(["--viewer-token"]);
  const { ask, code } = at.served;
  const session = (await (await ask("/api/v1/session", { token: null, json: { code } })).json()) as Record<
    string,
    string
  >;
  expect(session.role).toBe("viewer");
  for (const token of [session.token ?? "", secretOf(at.box, "viewer-token")]) {
    expect((await ask("/api/v1/agents", { token })).status).toBe(200);
    expect((await ask("/metrics", { token })).status).toBe(200);
    for (const name of ["create", "prompt", "answer", "interrupt", "stop", "kill", "budget"]) {
      const refused = await problemOf(ask(`/api/v1/${name}`, { token, json: {} }));
      expect(refused).toMatchObject({ status: 403, code: "viewer" });
    }
    expect((await ask("/api/v1/operations/some-0001", { token, method: "DELETE" })).status).toBe(403);
    const from = (directory: string) =>
      ask("/api/v1/list", { token, headers: { "Fleet-Directory": directory } }).then(({ status }) => status);
    expect([await from(at.cwd), await from("/etc"), await from("/not/there")]).toEqual([200, 404, 404]);
  }
});

test("nothing changes by looking: a GET of what changes something is refused, with what to use", async () => {
  await using at = await servedPlace();
  for (const name of ["create", "stop", "kill", "prompt"]) {
    const response = await at.served.ask(`/api/v1/${name}?targets=fix`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  }
  expect((await at.served.ask("/api/v1/list", { method: "OPTIONS" })).status).toBe(405);
  expect(registered(at.box)).toHaveLength(1);
});

test("what is no call is refused as the caller's mistake", async () => {
  await using at = await servedPlace();
  const { ask } = at.served;
  const json = { "Content-Type": "application/json" };
  const sent = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = json) =>
    problemOf(ask("/api/v1/list", { method: "POST", body, headers }));
  expect(await sent("{")).toMatchObject({ status: 400, code: "malformed-call" });
  expect(await sent("[]")).toMatchObject({ status: 400, code: "malformed-call" });
  expect(await sent('{"targets":"fix"}')).toMatchObject({ status: 400, code: "malformed-call" });
  expect(await sent("{}", { "Content-Type": "text/plain" })).toMatchObject({ status: 415, code: "not-json" });
  expect(await sent(new Uint8Array(10_000_001))).toMatchObject({ status: 413, code: "too-large" });
  for (const path of [
    "/api/v1/constructor",
    "/api/v1/",
    "/api/v2/list",
    "/api/v1/list/more",
    "/%00",
    "/..%2f..%2fetc",
  ]) {
    expect(await problemOf(ask(path))).toMatchObject({ status: 404, code: "unknown-path" });
  }
});

test("a server says which it is, where agents can be started, and what it can be asked", async () => {
  await using at = await servedPlace();
  const { ask } = at.served;
  const server = (await (await ask("/api/v1/server")).json()) as Record<string, unknown>;
  expect(server).toMatchObject({
    api: 1,
    role: "owner",
    newer: null,
    repositories: [{ root: at.cwd, name: "project" }],
  });
  const description = (await (await ask("/api/v1/openapi.json")).json()) as { openapi: string; paths: object };
  expect(description.openapi).toBe("3.1.0");
  expect(Object.keys(description.paths)).toContain("/api/v1/create");
});

test("the page and its files come to our own name alone, compressed, under a strict policy, and what never changes is asked for once", async () => {
  await using at = await servedPlace();
  const { ask, url } = at.served;
  const get = (path: string, headers: Record<string, string> = {}) => ask(path, { token: null, headers });
  const page = await get("/");
  const html = await page.text();
  expect(page.headers.get("content-type")).toBe("text/html;charset=utf-8");
  expect(page.headers.get("cache-control")).toBe("no-cache");
  const policy = page.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).toContain(`connect-src 'self' ws://${new URL(url).host}`);
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\bon[a-z]+=|https?:\/\//);
  const [script = ""] = /\/assets\/[^"]+\.js/.exec(html) ?? [];
  const asset = await get(script, { "Accept-Encoding": "gzip" });
  expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(asset.headers.get("content-encoding")).toBe("gzip");
  expect((await asset.text()).length).toBeGreaterThan(10_000);
  expect((await get(script, { "If-None-Match": asset.headers.get("etag") ?? "" })).status).toBe(304);
  expect((await get("/", { Host: "evil.example" })).status).toBe(421);
  expect((await get("/assets/none.js")).status).toBe(401);
});

test("open prints a link to the server that runs, with an agent in front, and says when none runs", async () => {
  await using at = await servedPlace();
  const { ask, url, program } = at.served;
  const { stdout } = await at.box.fleet(["open", "fix"], { cwd: at.cwd });
  const link = new URL(stdout.trim());
  const parts = new URLSearchParams(link.hash.slice(1));
  expect([link.origin, parts.get("agent")]).toEqual([url, agentOn(at.box, "fix").id]);
  const session = await ask("/api/v1/session", { token: null, json: { code: parts.get("code") } });
  expect(await session.json()).toMatchObject({ role: "owner" });
  const { stdout: looks } = await at.box.fleet(["open", "--viewer", "--json"], { cwd: at.cwd });
  const code = /#code=([^"]+)/.exec(looks)?.[1];
  expect(await (await ask("/api/v1/session", { token: null, json: { code } })).json()).toMatchObject({
    role: "viewer",
  });
  program.signal("SIGKILL");
  await program.ended();
  await at.box.fleet(["open"], { cwd: at.cwd }).expect({
    code: 1,
    stderr: "✗ no fleet serve runs, so there is no page to open\n  to start one, run fleet serve\n",
  });
});
