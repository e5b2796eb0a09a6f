import { expect, test } from "bun:test";
import { failureReason, type ModelFailure, retryReason } from "../../../src/agents/model-failure.ts";

function reasonOf(different: Partial<ModelFailure>): string {
  const now = new Date(2025, 4, 31, 14, 0);
  return failureReason({ cause: undefined, status: undefined, message: "", ...different }, now);
}

const reasons: readonly { readonly failure: Partial<ModelFailure>; readonly reason: string }[] = [
  { failure: { cause: "login", message: "Not logged in" }, reason: "login missing" },
  { failure: { status: 401, message: "invalid x-api-key" }, reason: "key rejected (401)" },
  { failure: { status: 429, message: "Too many tokens" }, reason: "rate limited" },
  { failure: { message: "Rate limit reached for requests." }, reason: "rate limited" },
  { failure: { status: 429, message: "You exceeded your current quota" }, reason: "quota used up" },
  { failure: { status: 400, message: "Your credit balance is too low" }, reason: "quota used up" },
  { failure: { cause: "quota", again: new Date(2025, 4, 31, 15, 0) }, reason: "quota used up, again at 15:00" },
  { failure: { cause: "rate", again: new Date(2025, 5, 1, 9, 5) }, reason: "rate limited, again on 1 Jun at 09:05" },
  { failure: { cause: "rate", again: new Date("not a date") }, reason: "rate limited" },
  { failure: { status: 529, message: "Overloaded" }, reason: "model overloaded (529)" },
  { failure: { status: 502, message: "Bad gateway" }, reason: "server error (502)" },
  {
    failure: { status: 404, message: "no model\n  of this name" },
    reason: "model refused (404): no model of this name",
  },
  { failure: { message: "something else" }, reason: "no answer: something else" },
  { failure: { status: 400, message: "x".repeat(500) }, reason: `model refused (400): ${"x".repeat(119)}…` },
  { failure: { message: "connect ECONNREFUSED 127.0.0.1:9" }, reason: "network: connection refused" },
  { failure: { message: "getaddrinfo ENOTFOUND api.example.com" }, reason: "network: host not found" },
  { failure: { message: "read ECONNRESET" }, reason: "network: connection lost" },
  { failure: { message: "Request timed out." }, reason: "network: timed out" },
  { failure: { message: "self-signed certificate in chain" }, reason: "network: certificate not accepted" },
  { failure: { message: "Cannot connect to API" }, reason: "network: no connection" },
];

for (const { failure, reason } of reasons) {
  test(`${JSON.stringify(failure).slice(0, 90)} is worded as ${reason.slice(0, 60)}`, () => {
    expect(reasonOf(failure)).toBe(reason);
  });
}

test("an answer is never taken for trouble with the network", () => {
  expect(reasonOf({ status: 400, message: "connection timed out" })).toStartWith("model refused (400)");
});

test("a request that is repeated says when", () => {
  expect(retryReason("8 s", { cause: undefined, status: 529, message: "Overloaded" })).toBe(
    "retrying in 8 s: model overloaded (529)",
  );
});
