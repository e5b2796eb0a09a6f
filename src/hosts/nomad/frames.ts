/** What is told to a command that runs in an allocation. */
type Input =
  | { readonly stdin: { readonly data?: string; readonly close?: true } }
  | { readonly tty_size: { readonly height: number; readonly width: number } }
  | Readonly<Record<string, never>>;

/** What is heard of a command that runs in an allocation. */
export interface Heard {
  readonly stdout?: Uint8Array;
  readonly stderr?: Uint8Array;
  /** It has ended, as this says. */
  readonly exitCode?: number;
}

/** As long as what the program of Nomad itself sends at a time would be read whole by whatever stands between. */
const longestPiece = 32 * 1024;

/** Standard input, in messages of Nomad's exec. */
export function inputFrames(bytes: Uint8Array): string[] {
  const count = Math.ceil(bytes.length / longestPiece);
  return Array.from({ length: count }, (_, index) => {
    const piece = bytes.subarray(index * longestPiece, (index + 1) * longestPiece);
    return frame({ stdin: { data: Buffer.from(piece).toString("base64") } });
  });
}

/** The end of standard input. */
export const endFrame = frame({ stdin: { close: true } });

/** Says that somebody is still there: whoever relays a quiet session would give it up. */
export const heartbeatFrame = frame({});

/** How large the user's terminal is. */
export function sizeFrame(columns: number, rows: number): string {
  return frame({ tty_size: { height: rows, width: columns } });
}

/** Reads a message of Nomad's exec; a heartbeat says nothing. Throws for what is no JSON. */
export function readFrame(text: string): Heard {
  const { stdout, stderr, exited, result } = JSON.parse(text) as {
    readonly stdout?: { readonly data?: string };
    readonly stderr?: { readonly data?: string };
    readonly exited?: boolean;
    readonly result?: { readonly exit_code?: number };
  };
  return {
    ...(stdout?.data === undefined ? {} : { stdout: Buffer.from(stdout.data, "base64") }),
    ...(stderr?.data === undefined ? {} : { stderr: Buffer.from(stderr.data, "base64") }),
    ...(exited === true ? { exitCode: result?.exit_code ?? 0 } : {}),
  };
}

function frame(input: Input): string {
  return JSON.stringify(input);
}
