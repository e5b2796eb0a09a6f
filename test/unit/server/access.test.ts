import { expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { type Access, bracketed, checkOrigin, isPublic, publicAddresses } from "../../../src/server/access.ts";

const base: Access = {
  hostname: "127.0.0.1",
  port: 7117,
  publicUrl: undefined,
  pageUrl: undefined,
  secrets: { owner: "x", viewer: "y" },
};

/** The status that a request is refused with; nothing when it may come in. */
function refusal(access: Access, headers: Readonly<Record<string, string>>, isHook = false): number | undefined {
  try {
    checkOrigin(new Request("http://localhost/", { headers }), access, isHook);
    return undefined;
  } catch (error) {
    return (error as { readonly status: number }).status;
  }
}

test("a server at all addresses goes by those of this machine, and by no name that somebody could point at them", () => {
  const access = { ...base, hostname: "0.0.0.0" };
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  for (const { address } of own) expect(refusal(access, { Host: `${bracketed(address)}:7117` })).toBeUndefined();
  for (const host of ["evil.example:7117", "203.0.113.9:7117", "localhost.evil.example:7117"]) {
    expect([host, refusal(access, { Host: host })]).toEqual([host, 421]);
  }
});

test("at port 80 browsers leave the port out, and nowhere else", () => {
  expect(refusal({ ...base, port: 80 }, { Host: "127.0.0.1", Origin: "http://127.0.0.1" })).toBeUndefined();
  expect(refusal(base, { Host: "127.0.0.1" })).toBe(421);
});

test("the public name reaches webhooks alone, with its own scheme", () => {
  const access = { ...base, publicUrl: new URL("https://fleet.example.com") };
  const named = { Host: "fleet.example.com" };
  expect(refusal(access, named)).toBe(421);
  expect(refusal(access, named, true)).toBeUndefined();
  expect(refusal(access, { ...named, Origin: "http://fleet.example.com" }, true)).toBe(403);
});

test("a proxy that is named may bring the page, by its own name and by ours, and no other origin with it", () => {
  const access = { ...base, pageUrl: new URL("https://fleet.example.com/") };
  const [proxied, own] = [{ Host: "fleet.example.com" }, { Host: "127.0.0.1:7117" }];
  const origin = { Origin: "https://fleet.example.com" };
  for (const headers of [proxied, { ...proxied, ...origin }, { ...own, ...origin }]) {
    expect([headers, refusal(access, headers)]).toEqual([headers, undefined]);
  }
  for (const strange of ["http://fleet.example.com", "https://fleet.example.com:444", "https://evil.example", "null"]) {
    expect([strange, refusal(access, { ...proxied, Origin: strange })]).toEqual([strange, 403]);
    expect([strange, refusal(access, { ...own, Origin: strange })]).toEqual([strange, 403]);
  }
  expect(refusal(access, { Host: "fleet.example.com:7117" })).toBe(421);
  expect(refusal(base, { ...own, ...origin })).toBe(403);
});

test("others reach what does not listen at a loopback address", () => {
  expect(["127.0.0.1", "localhost", "::1", "0.0.0.0", "::", "192.0.2.1"].map(isPublic)).toEqual([
    false,
    false,
    false,
    true,
    true,
    true,
  ]);
  expect([publicAddresses("127.0.0.1"), publicAddresses("192.0.2.1")]).toEqual([[], ["192.0.2.1"]]);
});
