import type { Fleet } from "../../fleet/fleet.ts";

/** What somebody else's service sends when something happens there. */
export interface Delivery {
  readonly fleet: Fleet;
  readonly headers: Headers;
  /** As it was sent, for a signature is over these bytes. Nothing of it is known to be true before that was checked. */
  readonly body: Uint8Array;
}

/** What is answered to a delivery. */
export interface DeliveryAnswer {
  readonly status: number;
  readonly body?: Readonly<Record<string, unknown>>;
}
