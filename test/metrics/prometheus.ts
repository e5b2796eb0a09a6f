import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Program } from "../helpers/run.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";

/** A series of an answer: its labels, and its value now. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

/** Where Prometheus is to fetch metrics, and with which token. */
export interface Target {
  readonly job: string;
  readonly port: number;
  readonly token?: string;
}

/** A program of the system that runs until the end of a test. */
export class Daemon implements AsyncDisposable {
  readonly program: Program;

  constructor(box: Sandbox, argv: readonly string[]) {
    this.program = new Program(argv, { root: box.root, cwd: box.home, env: process.env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.program.signal("SIGTERM");
    await this.program.ended();
  }
}

/** A Prometheus of the system. */
export class Prometheus extends Daemon {
  readonly #url: string;

  constructor(box: Sandbox, targets: readonly Target[], port = freePort()) {
    const config = join(box.home, "prometheus.json");
    const scrapes = targets.map(({ job, port: at, token }) => ({
      job_name: job,
      static_configs: [{ targets: [`127.0.0.1:${at}`] }],
      ...(token === undefined ? {} : { authorization: { credentials: token } }),
    }));
    // YAML can be written as JSON.
    writeFileSync(config, JSON.stringify({ global: { scrape_interval: "5s" }, scrape_configs: scrapes }));
    super(box, [
      ...["prometheus", `--config.file=${config}`, `--storage.tsdb.path=${join(box.home, "tsdb")}`],
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    this.#url = `http://127.0.0.1:${port}`;
  }

  /** What a query finds now. Throws what Prometheus says against it. */
  async query(query: string): Promise<readonly Series[]> {
    const response = await fetch(`${this.#url}/api/v1/query?${new URLSearchParams({ query })}`);
    const { status, error, data } = (await response.json()) as {
      readonly status: string;
      readonly error?: string;
      readonly data?: { readonly result: readonly Series[] };
    };
    if (status !== "success" || data === undefined) throw new Error(`${query}: ${error}`);
    return data.result;
  }

  /** What Prometheus says against those that it asks. */
  async #problems(): Promise<string> {
    const response = await fetch(`${this.#url}/api/v1/targets`);
    const { data } = (await response.json()) as { data: { activeTargets: { lastError: string }[] } };
    return data.activeTargets.map(({ lastError }) => lastError).join(", ");
  }

  /** The same, as soon as it finds anything. */
  found(query: string): Promise<readonly Series[]> {
    const some = async () => {
      const series = await this.query(query);
      if (series.length === 0) throw new Error(`nothing is found; ${await this.#problems()}`);
      return series;
    };
    return eventually(some, { what: query, timeoutMs: 30_000 });
  }
}

/** A port that nobody listens at now. */
export function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = server;
  server.stop(true);
  return port;
}
