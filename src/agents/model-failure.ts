/**
 * There is no key; it was not accepted; nothing is left to spend; there were too many requests; the model, or its server, fails; the
 * request was not accepted.
 */
export type FailureCause = "login" | "key" | "quota" | "rate" | "overload" | "server" | "refusal";

/** What an agent knows of a request to its model that failed. */
export interface ModelFailure {
  /** `undefined` when the agent names none: it is then taken from the status and the message. */
  readonly cause: FailureCause | undefined;
  /** The HTTP status of the answer; `undefined` when there was none or it is not known. */
  readonly status: number | undefined;
  readonly message: string;
  /** When it is worth another try. */
  readonly again?: Date | undefined;
}

/** Why an agent has no answer from its model, in its parts. */
export interface FailureDetail {
  readonly kind: "failure";
  readonly text: string;
  readonly cause: FailureCause | "network" | undefined;
  /** The HTTP status of the answer. */
  readonly httpStatus: number | undefined;
  /** When it is worth another try. */
  readonly again: Date | undefined;
  /** It asks again by itself. */
  readonly retrying: boolean;
}

/** A failure as the state of an agent has it. */
export interface FailedState {
  readonly reason: string;
  readonly detail: FailureDetail;
}

/** The state of an agent whose last turn ended without an answer. */
export function failedState(failure: ModelFailure): FailedState {
  return stateWith(failure, { text: failureReason(failure), retrying: false });
}

/** The state of an agent that has no answer yet; `wait` is in what time, if it says so, it asks again by itself. */
export function retryingState(wait: string | undefined, failure: ModelFailure): FailedState {
  return stateWith(failure, { text: retryReason(wait, failure), retrying: true });
}

function stateWith(failure: ModelFailure, { text, retrying }: Pick<FailureDetail, "text" | "retrying">): FailedState {
  const { status: httpStatus, again, message } = failure;
  const network = httpStatus === undefined && networkTrouble(message) !== undefined;
  const cause = network ? ("network" as const) : (failure.cause ?? causeOf(failure));
  const known = again === undefined || Number.isNaN(again.getTime()) ? undefined : again;
  return { reason: text, detail: { kind: "failure", text, cause, httpStatus, again: known, retrying } };
}

/** Says in a few words why a model gave no answer. What is not known to mean one of these is said in the words of the agent. */
export function failureReason(failure: ModelFailure, now = new Date()): string {
  const { status, message } = failure;
  const code = status === undefined ? "" : ` (${status})`;
  const network = status === undefined ? networkTrouble(message) : undefined;
  if (network !== undefined) return `network: ${network}`;
  switch (failure.cause ?? causeOf(failure)) {
    case "login":
      return "login missing";
    case "key":
      return `key rejected${code}`;
    case "quota":
      return `quota used up${againAt(failure, now)}`;
    case "rate":
      return `rate limited${againAt(failure, now)}`;
    case "overload":
      return `model overloaded${code}`;
    case "server":
      return `server error${code}`;
    case "refusal":
      return `model refused${code}: ${shortened(message)}`;
    case undefined:
      return `no answer: ${shortened(message)}`;
  }
}

/** Says why an agent has no answer yet, and in what time, if it says so, it asks again by itself. */
export function retryReason(wait: string | undefined, failure: ModelFailure): string {
  return `retrying${wait === undefined ? "" : ` in ${wait}`}: ${failureReason(failure)}`;
}

function causeOf({ status, message }: ModelFailure): FailureCause | undefined {
  if (/\bquota\b|credit balance|usage limit|spend limit|billing/i.test(message) && status !== 403) return "quota";
  if (status === 401) return "key";
  if (status === 429 || /rate limit|too many requests/i.test(message)) return "rate";
  if (status === 529 || status === 503 || /overloaded|high demand|at capacity/i.test(message)) return "overload";
  if (status === undefined) return undefined;
  return status >= 500 ? "server" : "refusal";
}

/** The words of the libraries that the four agents ask their models with. */
const networkTroubles: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED|connection refused/i, "connection refused"],
  [/ENOTFOUND|EAI_AGAIN|getaddrinfo|dns error|failed to lookup/i, "host not found"],
  [/ECONNRESET|socket hang up|connection (reset|closed)/i, "connection lost"],
  [/ETIMEDOUT|timed? ?out/i, "timed out"],
  [/certificate|self.signed/i, "certificate not accepted"],
  [/fetch failed|cannot connect|unable to connect|connection (failed|error)|error sending request/i, "no connection"],
];

function networkTrouble(message: string): string | undefined {
  return networkTroubles.find(([words]) => words.test(message))?.[1];
}

function againAt({ again }: ModelFailure, now: Date): string {
  if (again === undefined || Number.isNaN(again.getTime())) return "";
  const time = `${two(again.getHours())}:${two(again.getMinutes())}`;
  if (again.toDateString() === now.toDateString()) return `, again at ${time}`;
  return `, again on ${again.getDate()} ${months[again.getMonth()]} at ${time}`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function two(number: number): string {
  return `${number}`.padStart(2, "0");
}

const longestMessage = 120;

function shortened(message: string): string {
  const line = message.replace(/\s+/g, " ").trim();
  return line.length > longestMessage ? `${line.slice(0, longestMessage - 1)}…` : line;
}
