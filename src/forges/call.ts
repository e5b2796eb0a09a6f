import * as z from "zod/mini";
import { FleetError } from "../errors.ts";
import { type HttpAnswer, type HttpRequest, http } from "../system/http.ts";
import type { Access } from "./forge.ts";

interface Call<Shape extends z.ZodMiniType> {
  /** As users call the forge. */
  readonly service: string;
  readonly method: HttpRequest["method"];
  /** Below the address of the forge; begins with a slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly shape: Shape;
  /** What is not there when the answer is 404: `acme/shop#3`. */
  readonly missing: string;
}

/**
 * Calls an operation of a forge and reads its answer. Throws FleetError: `failed` with the words of the forge and the code
 * `forge-refused` (422 and 409), `forge-login` (401), `forge-forbidden` (403), `forge-missing` (404) or `forge-answer` (anything else).
 */
export async function callForge<Shape extends z.ZodMiniType>(
  access: Access,
  { shape, missing, path, headers, ...call }: Call<Shape>,
): Promise<z.infer<Shape>> {
  const { address, token, cancelled, onWait } = access;
  const answer = await http({
    ...call,
    url: `${address}${path}`,
    headers: { accept: "application/json", authorization: `Bearer ${token}`, ...headers },
    cancelled,
    onWait,
  });
  if (answer.status < 200 || answer.status > 299) throw refusal(access, call.service, missing, answer);
  const result = shape.safeParse(answer.json);
  if (result.success) return result.data;
  throw new FleetError("failed", `${call.service} answers in a way that is not understood`, {
    code: "forge-answer",
    output: z.prettifyError(result.error).slice(0, 500),
    hint: `to see what is there, run curl -sI ${new URL(address).origin}`,
  });
}

function refusal(
  { host, token, wayToToken, address }: Access,
  service: string,
  missing: string,
  answer: HttpAnswer,
): FleetError {
  const output = wordsOf(answer).replaceAll(token, "[token]").slice(0, 1000);
  const failed = (message: string, code: string, hint: string) =>
    new FleetError("failed", message, { code, output, hint });
  switch (answer.status) {
    case 401:
      return failed(`${service} does not know this token`, "forge-login", `to get another, ${wayToToken}`);
    case 403:
      return failed(`${service} does not allow it`, "forge-forbidden", `for a token that may, ${wayToToken}`);
    case 404:
      return failed(
        `there is no ${missing} on ${host}, as far as this token sees`,
        "forge-missing",
        `for another token, ${wayToToken}`,
      );
    case 409:
    case 422:
    case 400:
      return failed(`${service} refuses`, "forge-refused", "to see what can be said, run fleet pr --help");
    default:
      return failed(
        `${service} answers ${answer.status}`,
        "forge-answer",
        `to see what is there, run curl -sI ${new URL(address).origin}`,
      );
  }
}

const errorShape = z.object({
  message: z.optional(z.unknown()),
  error: z.optional(z.unknown()),
  errors: z.optional(z.array(z.unknown())),
});

/** GitHub has a message and a list of errors, GitLab a text, a list, or lists by field. */
function wordsOf({ json, text }: HttpAnswer): string {
  const { data } = errorShape.safeParse(json);
  if (data === undefined) return text.startsWith("<") ? "" : text;
  return [data.message, data.error, ...(data.errors ?? [])].flatMap(told).join("\n");
}

function told(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object") return [String(value)];
  if (Array.isArray(value)) return value.flatMap(told);
  const { message, field, code } = value as Readonly<Record<string, unknown>>;
  if (message !== undefined) return told(message);
  if (field !== undefined && code !== undefined) return [`${field}: ${code}`];
  return Object.entries(value).flatMap(([key, part]) => told(part).map((words) => `${key} ${words}`));
}
