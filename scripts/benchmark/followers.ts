/**
 * Plays people who look at the page of `fleet serve`: each follows the agents, and a terminal when there are some to follow. Reads lines of
 * JSON on its standard input: `{"follow":[ID...]}`; at the end of it says what was seen.
 */
const [url = "", token = "", count = "1"] = process.argv.slice(2);

interface Frame {
  readonly type: string;
  readonly seq?: number;
  readonly since?: number;
}

const seen = {
  frames: 0,
  bytes: 0,
  gaps: 0,
  behind: 0,
  closed: 0,
  snapshots: 0,
  deltas: 0,
  terminals: 0,
  connected: 0,
};
const sockets = Array.from({ length: Number(count) }, () => connect());

function connect(): WebSocket {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events`, ["fleet.v1", `token.${token}`]);
  let at: number | undefined;
  socket.onopen = () => {
    seen.connected += 1;
    socket.send(JSON.stringify({ type: "subscribe", to: "agents" }));
  };
  socket.onmessage = ({ data }) => {
    const text = String(data);
    seen.frames += 1;
    seen.bytes += text.length;
    const frame = JSON.parse(text) as Frame;
    if (frame.type === "snapshot") seen.snapshots += 1;
    if (frame.type === "delta") seen.deltas += 1;
    if (frame.type === "terminal") seen.terminals += 1;
    if (frame.type === "behind") seen.behind += 1;
    if (frame.type === "delta" && frame.since !== at) seen.gaps += 1;
    if (frame.type === "snapshot" || frame.type === "delta") at = frame.seq;
  };
  socket.onclose = () => {
    seen.closed += 1;
  };
  return socket;
}

for await (const line of console) {
  if (line.trim() === "") continue;
  const { follow = [] } = JSON.parse(line) as { readonly follow?: readonly string[] };
  for (const [index, socket] of sockets.entries()) {
    const id = follow[index % Math.max(1, follow.length)];
    if (id !== undefined) socket.send(JSON.stringify({ type: "subscribe", to: "terminal", id }));
  }
}
console.log(JSON.stringify(seen));
process.exit(0);
