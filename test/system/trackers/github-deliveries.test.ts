import { expect, onTestFinished, test } from "bun:test";
import { redeliverMissed } from "../../../src/trackers/github/deliveries.ts";
import { PlayedGithub } from "../../helpers/github-issues.ts";

const hour = 3_600_000;

function delivery(id: number, code: number, hoursAgo: number, more: object = {}) {
  const at = new Date(Date.now() - hoursAgo * hour).toISOString();
  return { id, guid: `guid-${id}`, event: "issues", status_code: code, delivered_at: at, redelivery: false, ...more };
}

test("what never arrived is sent again, once, the oldest first, and nothing else", async () => {
  const github = new PlayedGithub();
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: github.fetch });
  onTestFinished(() => server.stop(true));
  github.deliveries = [
    delivery(9, 202, 1, { guid: "guid-8" }),
    delivery(8, 502, 2),
    delivery(7, 502, 3),
    delivery(6, 502, 4, { event: "push" }),
    ...[5, 4, 3].map((id) => delivery(id, 401, 5, { guid: "always" })),
    ...Array.from({ length: 150 }, (_, index) => delivery(1000 + index, 202, 6)),
    delivery(2, 0, 7),
    delivery(1, 502, 100),
  ];
  const access = {
    ...{
      api: `http://127.0.0.1:${server.port}`,
      token: "secret-token",
      tokenSource: "GITHUB_TOKEN",
      wayToToken: "export GITHUB_TOKEN=...",
    },
    cancelled: new AbortController().signal,
  };
  expect(await redeliverMissed(access, "acme/web", "/hooks/github", new Set(["issues"]))).toBe(2);
  expect(github.sentAgain).toEqual([2, 7]);
  expect(await redeliverMissed(access, "acme/web", "/hooks/other", new Set(["issues"]))).toBe(0);
});
