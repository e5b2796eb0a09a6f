import type { ServerWebSocket } from "bun";
import { checked } from "./nomad-types.ts";

/** A command that somebody runs in a task, by a WebSocket. */
export interface Link {
  readonly argv: readonly string[];
  readonly env: Record<string, string>;
  readonly tty: boolean;
  /** What it is told goes here, once it runs. */
  hear?: (bytes: Uint8Array, isLast: boolean) => void;
  resize?: (columns: number, rows: number) => void;
  kill?: () => void;
}

interface Input {
  readonly stdin?: { readonly data?: string; readonly close?: boolean };
  readonly tty_size?: { readonly height: number; readonly width: number };
}

/** Runs the command of a link, which hears what it prints and how it ends. */
export function runOver(link: ServerWebSocket<Link>): void {
  const tell = (output: object) => void link.send(JSON.stringify(checked("ExecStreamingOutput", output)));
  if (link.data.tty) runOnTerminal(link.data, tell);
  else void runWithPipes(link.data, tell);
}

/** Hands on what a command is told. Throws an Error for a message that is none of Nomad's. */
export function hearOver({ data }: ServerWebSocket<Link>, message: string): void {
  const { stdin, tty_size: size } = checked("ExecStreamingInput", JSON.parse(message) as Input);
  if (size !== undefined) data.resize?.(size.width, size.height);
  if (stdin !== undefined) data.hear?.(Buffer.from(stdin.data ?? "", "base64"), stdin.close === true);
}

type Tell = (output: object) => void;

function runOnTerminal(link: Link, tell: Tell): void {
  const child = Bun.spawn([...link.argv], {
    env: link.env,
    terminal: { cols: 80, rows: 24, data: (_, bytes) => tell({ stdout: dataOf(bytes) }) },
  });
  link.hear = (bytes) => void child.terminal?.write(bytes);
  link.resize = (columns, rows) => child.terminal?.resize(columns, rows);
  link.kill = () => child.kill("SIGKILL");
  void child.exited.then((code) => tell({ exited: true, result: { exit_code: code } }));
}

async function runWithPipes(link: Link, tell: Tell): Promise<void> {
  const child = Bun.spawn([...link.argv], { env: link.env, stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  link.hear = (bytes, isLast) => {
    child.stdin.write(bytes);
    void (isLast ? child.stdin.end() : child.stdin.flush());
  };
  link.kill = () => child.kill("SIGKILL");
  const pump = async (name: "stdout" | "stderr") => {
    for await (const bytes of child[name]) tell({ [name]: dataOf(bytes) });
    tell({ [name]: { close: true } });
  };
  const printed = Promise.all([pump("stdout"), pump("stderr")]);
  const code = await child.exited;
  // What it has left in the background may hold its streams open.
  await Promise.race([printed, Bun.sleep(200)]);
  tell({ exited: true, result: { exit_code: code } });
}

function dataOf(bytes: Uint8Array): { readonly data: string } {
  return { data: Buffer.from(bytes).toString("base64") };
}
