/** All that comes of a stream, as `chunks`, and when it has ended. */
export function readAll(stream: ReadableStream<Uint8Array>) {
  const chunks: Uint8Array[] = [];
  return { chunks, ...readInto(stream, (chunk) => chunks.push(chunk)) };
}

/** Hands on what comes of a stream. `ended` is fulfilled when it is over, or after `cancel`. */
export function readInto(stream: ReadableStream<Uint8Array>, add: (chunk: Uint8Array) => void) {
  const source = stream.getReader();
  const read = async () => {
    for (let next = await source.read(); !next.done; next = await source.read()) add(next.value);
  };
  return { ended: read(), cancel: () => source.cancel() };
}

/** Hands on each line of a stream the moment it is complete, and the last one also without an end. */
export async function eachLine(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}

/** Keeps the beginning and the end of what is added, half of `limit` bytes each. `text` says how much is left out between them. */
export function keepEnds(limit: number) {
  const half = Math.floor(limit / 2);
  const first: Uint8Array[] = [];
  let last: Uint8Array[] = [];
  let [firstBytes, lastBytes, total] = [0, 0, 0];
  return {
    add(chunk: Uint8Array) {
      total += chunk.length;
      const begin = chunk.subarray(0, half - firstBytes);
      if (begin.length > 0) first.push(begin);
      firstBytes += begin.length;
      last.push(chunk.subarray(begin.length));
      lastBytes += chunk.length - begin.length;
      // Joined only now and then, so that adding costs no more than copying twice.
      if (lastBytes <= 2 * half) return;
      last = [Buffer.concat(last).subarray(-half)];
      lastBytes = half;
    },
    bytes: () => total,
    text() {
      const end = Buffer.concat(last).subarray(-half);
      const missing = total - firstBytes - end.length;
      const gap = missing === 0 ? "" : `\n[${missing} bytes are left out here]\n`;
      return Buffer.concat([...first, Buffer.from(gap), end]);
    },
  };
}

/** Text in which `shown` says what becomes of each line. What comes is handed on line by line, and the last one also without an end. */
export function eachLineAs(shown: (line: string) => string): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(chunk, onward) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      if (lines.length > 0) onward.enqueue(lines.map((line) => `${shown(line)}\n`).join(""));
    },
    flush(onward) {
      if (rest !== "") onward.enqueue(shown(rest));
    },
  });
}
