import type { Socket } from "node:net";

/** Makes one line of two: what comes on either goes out on the other, and both end together. */
export function join(one: Socket, other: Socket): void {
  connectOneWay(one, other);
  connectOneWay(other, one);
}

function connectOneWay(from: Socket, to: Socket): void {
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
  from.pipe(to);
}
