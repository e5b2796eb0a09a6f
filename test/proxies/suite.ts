import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { proxyRecipes } from "../../src/cli/proxies.ts";
import { demoSandbox, untilDemo, writeConfig } from "../e2e/agents.ts";
import { serving } from "../e2e/served.ts";
import { browserForFile, openPage } from "../helpers/browser.ts";
import { certificateIn } from "../helpers/certificate.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { Daemon, freePort } from "../metrics/prometheus.ts";

type ProxyName = keyof typeof proxyRecipes;

/** Longer than any of the three leaves a connection open over which nothing comes. */
const quietMilliseconds = 75_000;
const browser = browserForFile();

interface Ports {
  /** Where the proxy listens. */
  readonly front: number;
  readonly server: number;
}

/** What a proxy is told beside the recipe: where to listen, whose certificate, and to keep to a folder. */
const surroundings: Readonly<Record<ProxyName, (recipe: string, folder: string) => string>> = {
  nginx: (recipe, folder) => {
    const kept = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder};`);
    const http = `access_log off; ${kept.join(" ")}\n${recipe}`;
    return `daemon off; pid ${folder}/pid; error_log stderr; events {}\nhttp {\n${http}\n}\n`;
  },
  caddy: (recipe) => `{\n  admin off\n  auto_https disable_redirects\n}\n${recipe}\n`,
  // Debian's own time-outs.
  haproxy: (recipe) => `defaults\n  timeout connect 5s\n  timeout client 50s\n  timeout server 50s\n${recipe}\n`,
};

const programs: Readonly<Record<ProxyName, (file: string) => readonly string[]>> = {
  nginx: (file) => ["nginx", "-e", "stderr", "-c", file],
  caddy: (file) => ["env", `HOME=${file}.home`, "caddy", "run", "--adapter", "caddyfile", "--config", file],
  haproxy: (file) => ["haproxy", "-db", "-f", file],
};

/** The lines of the help with the names and ports of a test, and nothing else different. */
function recipeOf(name: ProxyName, { front, server }: Ports, certificate: string): string {
  const address = `127.0.0.1:${front}`;
  return proxyRecipes[name]
    .join("\n")
    .replace("listen 443 ssl", `listen ${address} ssl`)
    .replace("bind :443", `bind ${address}`)
    .replace("fleet.example.com {", `https://localhost:${front} {\n  tls ${certificate} ${certificate}`)
    .replace("fleet.example.com", "localhost")
    .replace(/\/etc\S+?\.(?:pem|key)/g, certificate)
    .replace("127.0.0.1:7117", `127.0.0.1:${server}`);
}

/** A certificate for this machine, and its key, in one file. */
async function certificateWithKey(box: Sandbox): Promise<string> {
  const { key, cert } = await certificateIn(box.root);
  const both = join(box.root, "both.pem");
  writeFileSync(both, readFileSync(cert, "utf8") + readFileSync(key, "utf8"));
  return both;
}

function startProxy(box: Sandbox, name: ProxyName, ports: Ports, certificate: string): Daemon {
  const folder = join(box.root, name);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "config");
  writeFileSync(file, surroundings[name](recipeOf(name, ports, certificate), folder));
  return new Daemon(box, programs[name](file));
}

for (const name of Object.keys(proxyRecipes) as ProxyName[]) {
  test(`behind ${name} the page opens, is told what changes, and stays connected when nothing does`, async () => {
    await using box = await demoSandbox();
    const front = freePort();
    const origin = `https://localhost:${front}`;
    writeConfig(box, `serve_page_url = "${origin}"\n`);
    const { path: cwd } = await box.repository("project");
    await box.fleet(["create", "fix", "-p", "note"], { cwd });
    await untilDemo(box, "fix", "idle", 1);
    const { url, token } = await serving(box, cwd);
    const certificate = await certificateWithKey(box);
    await using proxy = startProxy(box, name, { front, server: Number(new URL(url).port) }, certificate);
    const tls = { ca: readFileSync(certificate, "utf8") };
    const ask = (path: string, init: BunFetchRequestInit = {}) => fetch(origin + path, { ...init, tls });
    await eventually(async () => (await ask("/")).status === 200, { what: `${name}: ${proxy.program.stderr}` });

    const link = (await box.fleet(["open", "--print"], { cwd })).stdout.trim();
    expect(link).toStartWith(`${origin}/#code=`);
    await using opened = await openPage(await browser(), link, { ignoreHTTPSErrors: true });
    const { page } = opened;
    const row = page.locator("[data-row]").filter({ hasText: "fix" });
    await row.getByText("idle").waitFor();
    await row.click();
    await page.keyboard.press("t");
    await page.locator(".xterm-rows").getByText("> note").waitFor();
    await page.keyboard.press("p");
    await page.keyboard.type("again");
    await page.keyboard.press("Control+Enter");
    await page.locator(".xterm-rows").getByText("> again").waitFor();

    // What goes on is told while it goes on.
    const authorization = { Authorization: `Bearer ${token}` };
    const headers = { ...authorization, "Content-Type": "application/json", Accept: "application/x-ndjson" };
    const body = JSON.stringify({ targets: ["fix"], command: "sleep 600" });
    const cancel = new AbortController();
    const testing = await ask("/api/v1/test", { method: "POST", headers, body, signal: cancel.signal });
    const { value } = (await testing.body?.getReader().read()) ?? {};
    expect(new TextDecoder().decode(value)).toContain('"progress"');
    await ask(`/api/v1/operations/${testing.headers.get("Fleet-Operation")}`, {
      method: "DELETE",
      headers: authorization,
    });
    cancel.abort();

    // A page of somebody else gets no further than without a proxy.
    const foreign = { ...authorization, Origin: "https://evil.example" };
    expect((await ask("/api/v1/agents", { headers: foreign })).status).toBe(403);
    expect((await ask("/api/v1/agents")).status).toBe(401);

    const reconnections: string[] = [];
    page.on("websocket", (socket) => reconnections.push(socket.url()));
    await page.waitForTimeout(quietMilliseconds);
    await box.fleet(["create", "late", "-p", "note"], { cwd });
    await page.locator("[data-row]").filter({ hasText: "late" }).waitFor();
    expect(reconnections).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });
}
