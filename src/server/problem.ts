import { asFleetError, errorAsJson, FleetError } from "../errors.ts";

interface RefusalDetails {
  readonly code: string;
  readonly hint: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is wrong with the request itself, whatever it asks for: no right, no route, no method. */
export class Refusal extends FleetError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, { headers = {}, ...details }: RefusalDetails) {
    super("usage", message, details);
    this.status = status;
    this.headers = headers;
  }
}

/** The refusal of a method, with those that there are. */
export function methodRefused(method: string, allowed: readonly string[]): Refusal {
  return new Refusal(405, `${method.slice(0, 20)} does nothing here`, {
    code: "unknown-method",
    hint: `use ${allowed.join(" or ")}`,
    headers: { Allow: allowed.join(", ") },
  });
}

/** The refusal of a path at which nothing is. */
export function nothingThere(pathname: string): Refusal {
  return unknownPath(pathname, "for what there is, look at /api/v1/openapi.json");
}

/** The refusal of a path at which nothing is, where webhooks are all that can be there. */
export function noHookThere(pathname: string): Refusal {
  return unknownPath(pathname, "for what there is, run fleet help webhooks");
}

function unknownPath(pathname: string, hint: string): Refusal {
  return new Refusal(404, `there is nothing at ${pathname.slice(0, 200)}`, { code: "unknown-path", hint });
}

/** An error as RFC 9457 has it (`application/problem+json`), with our kind, code, hint and output. What is no FleetError is a bug of ours. */
export function problem(error: unknown): Response {
  const known = asFleetError(error);
  const status = statusOf(known);
  return Response.json(problemOf(known, status), {
    status,
    headers: {
      ...(known instanceof Refusal ? known.headers : {}),
      "Content-Type": "application/problem+json",
    },
  });
}

/** The document of a problem with this HTTP status. */
export function problemOf(error: FleetError, status: number) {
  const { message, ...known } = errorAsJson(error);
  return {
    type: "about:blank",
    title: titles[status] ?? "Error",
    status,
    detail: message,
    ...known,
  };
}

/**
 * The HTTP status of an error. What could not be done because of how things stand is 409: nothing is broken here, and the same call may
 * work later. Only a bug of ours is 500.
 */
export function statusOf(error: FleetError): number {
  if (error instanceof Refusal) return error.status;
  if (error.kind === "bug") return 500;
  if (error.code?.startsWith("unknown-") === true || error.code === "operation-unknown") return 404;
  const isConflict = error.kind !== "usage" || error.code === "operation-reused";
  return isConflict ? 409 : 400;
}

/** Of the statuses that are answered here, as RFC 9110 names them. */
const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
};
