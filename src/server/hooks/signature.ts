import { createHmac, timingSafeEqual } from "node:crypto";

/** Whether somebody who knows the secret has sent these bytes. It takes as long for a wrong signature as for the right one. */
export function isSigned(body: Uint8Array, signature: string, secret: string): boolean {
  const right = createHmac("sha256", secret).update(body).digest();
  const given = /^[0-9a-f]{64}$/i.test(signature) ? Buffer.from(signature, "hex") : Buffer.alloc(right.length);
  return timingSafeEqual(right, given) && signature !== "";
}
