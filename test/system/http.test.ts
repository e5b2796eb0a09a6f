import { expect, onTestFinished, test } from "bun:test";
import { join } from "node:path";
import { FleetError } from "../../src/errors.ts";
import { type HttpRequest, http } from "../../src/system/http.ts";
import { certificateIn } from "../helpers/certificate.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { output } from "../helpers/run.ts";

/** A service that answers with these, one after another, the last for ever. */
function service(...answers: ((request: Request) => Response | Promise<Response>)[]) {
  const seen: { method: string; path: string; headers: Headers; body: string }[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { method, headers, url } = request;
      seen.push({ method, headers, path: new URL(url).pathname, body: await request.text() });
      return (answers[Math.min(seen.length, answers.length) - 1] as (typeof answers)[number])(request);
    },
  });
  onTestFinished(() => server.stop(true));
  return { url: `http://127.0.0.1:${server.port}/x`, seen };
}

const never = new AbortController().signal;
const ask = (url: string, more: Partial<HttpRequest> = {}) =>
  http({ method: "GET", url, service: "The service", cancelled: never, ...more });
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("it did not fail"),
    (error) => error as FleetError,
  );

test("an answer comes with its status, headers and JSON, whatever the status", async () => {
  const { url, seen } = service(() => Response.json({ message: "no" }, { status: 422, headers: { "x-a": "b" } }));
  const answer = await ask(url, { method: "POST", body: { a: 1 }, headers: { authorization: "Bearer s" } });
  expect([answer.status, answer.json, answer.headers.get("x-a")]).toEqual([422, { message: "no" }, "b"]);
  expect(seen[0]?.body).toBe('{"a":1}');
  expect(seen[0]?.headers.get("authorization")).toBe("Bearer s");
});

test("a service that is busy is asked again, as often and as long as the limits say", async () => {
  const busy = () => new Response("", { status: 502 });
  const { url, seen } = service(busy, busy, () => Response.json({ ok: true }));
  const waits: string[] = [];
  const answer = await ask(url, {
    method: "POST",
    limits: { pauseMilliseconds: 1 },
    onWait: (reason) => waits.push(reason),
  });
  expect(answer.json).toEqual({ ok: true });
  expect(seen.length).toBe(3);
  expect(waits).toEqual(["The service answers 502", "The service answers 502"]);

  const always = service(busy);
  const error = await failure(ask(always.url, { limits: { attempts: 2, pauseMilliseconds: 1 } }));
  expect([error.kind, error.code, error.message]).toEqual(["failed", "service-busy", "The service answers 502"]);
  expect(always.seen.length).toBe(2);
});

for (const [title, status, headers] of [
  ["429 with seconds", 429, { "retry-after": "0" }],
  ["403 with a date", 403, { "retry-after": new Date(Date.now() - 1000).toUTCString() }],
  ["403 with nothing left", 403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }],
] as const) {
  test(`a rate limit is waited for when it is short: ${title}`, async () => {
    const { url, seen } = service(
      () => new Response("", { status, headers }),
      () => Response.json({}),
    );
    expect((await ask(url)).status).toBe(200);
    expect(seen.length).toBe(2);
  });
}

test("a rate limit that lasts longer is told with its end, at once", async () => {
  const reset = Math.floor(Date.now() / 1000) + 3600;
  const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${reset}` };
  const { url, seen } = service(() => new Response("", { status: 403, headers }));
  const error = await failure(ask(url));
  expect(error.message).toBe("The service has had too many requests");
  expect(error.hint).toStartWith(`try again after ${new Date((reset + 1) * 1000).toISOString().slice(0, 16)}`);
  expect(seen.length).toBe(1);
});

test("what is plainly forbidden is an answer and no reason to ask again", async () => {
  const { url, seen } = service(() => new Response("no", { status: 403 }));
  expect((await ask(url)).status).toBe(403);
  expect(seen.length).toBe(1);
});

test("a request that changes something is not sent again when the line breaks", async () => {
  let calls = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        calls += 1;
        socket.end();
      },
    },
  });
  onTestFinished(() => listener.stop(true));
  const url = `http://127.0.0.1:${listener.port}/`;
  const error = await failure(ask(url, { method: "POST", body: {} }));
  expect([error.code, error.message]).toEqual([
    "service-unreachable",
    `The service cannot be reached at ${url.slice(0, -1)}`,
  ]);
  expect(calls).toBe(1);
});

test("a service that does not answer in time, or that the user gives up, ends the call", async () => {
  const { url } = service(() => new Promise(() => undefined));
  expect((await failure(ask(url, { limits: { timeoutMilliseconds: 50 } }))).kind).toBe("timeout");
  const cancel = new AbortController();
  const asked = failure(ask(url, { cancelled: cancel.signal }));
  cancel.abort(new FleetError("interrupted", "interrupted"));
  expect((await asked).kind).toBe("interrupted");
});

test("a redirect is followed within its origin, with its method, and nowhere else", async () => {
  const near = service(
    () => new Response("", { status: 307, headers: { location: "/y" } }),
    () => Response.json({}),
  );
  expect((await ask(near.url, { method: "PATCH", body: { a: 1 } })).status).toBe(200);
  expect(near.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(["PATCH /x", "PATCH /y"]);

  const elsewhere = service(() => Response.json({}));
  const far = service(() => new Response("", { status: 307, headers: { location: elsewhere.url } }));
  expect((await ask(far.url, { headers: { authorization: "Bearer s" } })).status).toBe(307);
  expect(elsewhere.seen).toEqual([]);
});

test("a proxy of the environment and a certificate of one's own are used", async () => {
  const root = temporaryFolder();
  const { key, cert } = await certificateIn(root);
  const secure = Bun.serve({
    port: 0,
    tls: { key: Bun.file(key), cert: Bun.file(cert) },
    fetch: () => Response.json("over TLS"),
  });
  const proxy = Bun.serve({ port: 0, fetch: ({ url }) => Response.json(`proxied ${url}`) });
  onTestFinished(async () => {
    await Promise.all([secure.stop(true), proxy.stop(true)]);
  });
  const script = join(root, "ask.ts");
  await Bun.write(
    script,
    `import { http } from ${JSON.stringify(join(import.meta.dir, "../../src/system/http.ts"))};
     const call = { method: "GET", url: process.argv[2], service: "It", cancelled: new AbortController().signal };
     console.log(await http(call).then(({ json }) => json, ({ message, output }) => message + "; " + output));`,
  );
  const told = async (url: string, env: Record<string, string>) => {
    const stdout = await output([process.execPath, script, url], root, { PATH: "/usr/bin:/bin", ...env });
    return stdout.trim();
  };
  const url = `https://localhost:${secure.port}`;
  expect(await told(`${url}/`, {})).toBe(`It cannot be reached at ${url}; self signed certificate`);
  expect(await told(`${url}/`, { SSL_CERT_FILE: cert })).toBe("over TLS");
  const through = { http_proxy: `http://localhost:${proxy.port}` };
  expect(await told("http://forge.example.com/", through)).toBe("proxied http://forge.example.com/");
  expect(await told(`${url}/`, { ...through, SSL_CERT_FILE: cert })).toBe("over TLS");
});
