import type { Webhooks } from "../../config/config.ts";
import { FleetError, withHint } from "../../errors.ts";
import type { TrackerName } from "../../model/ticket.ts";
import { findToken } from "../../system/token.ts";
import { type Fields, fieldsOf } from "../../trackers/fields.ts";
import type { Delivery, DeliveryAnswer } from "./delivery.ts";
import type { HookEvent, Ignored } from "./event.ts";
import { githubEvent } from "./github-events.ts";
import { jiraEvent } from "./jira-events.ts";
import { linearEvent } from "./linear-events.ts";
import { isSigned } from "./signature.ts";
import { workerOf } from "./worker.ts";

/** How the deliveries of a service are told apart and read. */
interface Service {
  /** As users call it. */
  readonly title: string;
  readonly variable: string;
  readonly setting: "github_secret_command" | "linear_secret_command" | "jira_secret_command";
  /** The signature in hexadecimal digits; empty when there is none. */
  signature(headers: Headers): string;
  id(headers: Headers): string;
  /** Milliseconds since 1970 at which it was sent, where that is signed. */
  sentAt(payload: Fields): number | undefined;
  event(headers: Headers, payload: Fields, jiraUrl: string): HookEvent | Ignored;
}

const services: Readonly<Record<TrackerName, Service>> = {
  github: {
    title: "GitHub",
    variable: "GITHUB_WEBHOOK_SECRET",
    setting: "github_secret_command",
    signature: (headers) => prefixed(headers.get("x-hub-signature-256")),
    id: (headers) => headers.get("x-github-delivery") ?? "",
    sentAt: () => undefined,
    event: (headers, payload) => githubEvent(headers.get("x-github-event") ?? "", payload),
  },
  linear: {
    title: "Linear",
    variable: "LINEAR_WEBHOOK_SECRET",
    setting: "linear_secret_command",
    signature: (headers) => headers.get("linear-signature") ?? "",
    id: (headers) => headers.get("linear-delivery") ?? "",
    sentAt: ({ webhookTimestamp }) => (typeof webhookTimestamp === "number" ? webhookTimestamp : 0),
    event: (_, payload) => linearEvent(payload),
  },
  jira: {
    title: "Jira",
    variable: "JIRA_WEBHOOK_SECRET",
    setting: "jira_secret_command",
    signature: (headers) => prefixed(headers.get("x-hub-signature")),
    id: (headers) => headers.get("x-atlassian-webhook-identifier") ?? "",
    sentAt: () => undefined,
    event: (_, payload, jiraUrl) => jiraEvent(payload, jiraUrl),
  },
};

function prefixed(header: string | null): string {
  return header?.startsWith("sha256=") === true ? header.slice("sha256=".length) : "";
}

/** Linear sends within seconds; what is older is played back. */
const oldestMilliseconds = 60_000;

/**
 * Takes the deliveries of a service: one whose signature is right is on disk before it is answered, and is dealt with afterwards. Nothing of
 * one that is not signed is looked at. What goes wrong here is said here: its sender may be anybody.
 */
export function receiver(name: TrackerName): (delivery: Delivery) => Promise<DeliveryAnswer> {
  const service = services[name];
  return async (delivery) => {
    try {
      return await received(service, delivery);
    } catch (error) {
      const why = withHint(error);
      delivery.fleet.report({ kind: "warning", text: `a delivery of ${service.title} was not taken: ${why}` });
      return refused(503, "it cannot be taken now");
    }
  };
}

async function received(service: Service, { fleet, headers, body }: Delivery): Promise<DeliveryAnswer> {
  const { webhooks, jira_url: jiraUrl } = fleet.settings.config;
  if (webhooks === undefined) return refused(404, "there are no webhooks here");
  const secret = await secretOf(service, webhooks, { fleet });
  if (!isSigned(body, service.signature(headers), secret)) return refused(401, "the signature is not right");
  const payload = parsed(body);
  if (payload === undefined) return refused(415, "it is no JSON: choose application/json where the webhook is set up");
  const sentAt = service.sentAt(payload);
  if (sentAt !== undefined && Math.abs(Date.now() - sentAt) > oldestMilliseconds) return refused(401, "it is too old");
  const event = service.event(headers, payload, jiraUrl);
  if ("ignored" in event) return { status: 202, body: { ignored: event.ignored } };
  const taken = await workerOf(fleet).add({ id: service.id(headers), body }, event);
  if (taken === "full") return refused(503, "too many deliveries wait");
  return { status: 202, body: taken === "taken" ? { queued: true } : { ignored: "it came before" } };
}

function refused(status: number, error: string): DeliveryAnswer {
  return { status, body: { error } };
}

const known = new Map<string, string>();

/** A command that prints a secret may ask the user to touch something: it runs once. */
async function secretOf(
  { title, variable, setting }: Service,
  webhooks: Webhooks,
  { fleet }: Pick<Delivery, "fleet">,
): Promise<string> {
  const line = webhooks[setting];
  const name = `${fleet.settings.file}\n${variable}\n${line}`;
  const before = known.get(name);
  if (before !== undefined) return before;
  const sources = { service: title, variables: [variable], command: { setting, line } };
  const secret = await findToken(sources, fleet.environment, fleet.cancelled);
  if (secret === undefined) {
    throw new FleetError("config", `there is no secret for webhooks of ${title}`, {
      code: "no-secret",
      hint: `set ${setting} in [webhooks] with fleet config edit, or export ${variable}`,
    });
  }
  known.set(name, secret);
  return secret;
}

function parsed(body: Uint8Array): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return undefined;
  }
}
