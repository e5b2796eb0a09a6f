import type { Delivery, DeliveryAnswer } from "./delivery.ts";

/** Something that may be called without a token, at `/hooks/NAME`: it knows its sender by a signature. */
interface Hook {
  /** In the imperative; lower case, no full stop. */
  readonly summary: string;
  readonly load: () => Promise<(delivery: Delivery) => Promise<DeliveryAnswer>>;
}

/** The services that may send us something, by the last word of the path they send it to. */
export const hooks: Readonly<Record<string, Hook>> = {
  github: {
    summary: "start and prompt agents for what happens on GitHub",
    load: async () => (await import("./receive.ts")).receiver("github"),
  },
  linear: {
    summary: "start agents for issues of Linear",
    load: async () => (await import("./receive.ts")).receiver("linear"),
  },
  jira: {
    summary: "start agents for issues of Jira",
    load: async () => (await import("./receive.ts")).receiver("jira"),
  },
};
