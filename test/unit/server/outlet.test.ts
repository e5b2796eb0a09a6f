import { expect, test } from "bun:test";
import { isAllowedPlace, networkPlace } from "../../../src/model/network.ts";
import { proxyRequest } from "../../../src/server/outlet/request.ts";
import { upstreamFor } from "../../../src/system/upstream-proxy.ts";

const lines = (...all: string[]) => all.join("\r\n");

test("a place is allowed by its own name, or one with a star for all below it, at the ports of the web unless one is given", () => {
  const allow = ["api.example.com", "*.web.example", "db.example:5432", "[::1]:80"];
  const allowed = [
    ...["api.example.com:443", "API.example.com:80", "api.example.com.:443", "a.web.example:443", "a.b.web.example:80"],
    ...["db.example:5432", "[::1]:80"],
  ];
  const refused = [
    ...["web.example:443", "notweb.example:443", "api.example.com:22", "db.example:443", "example.com:443"],
    ...["api.example.com.evil.example:443", "[::1]:443"],
  ];
  const isAllowed = (text: string) => {
    const place = networkPlace(text);
    return place !== undefined && isAllowedPlace(place, allow);
  };
  expect(allowed.filter((text) => !isAllowed(text))).toEqual([]);
  expect(refused.filter(isAllowed)).toEqual([]);
  expect(isAllowedPlace({ host: "a.example", port: 443 }, [""])).toBe(false);
});

test("a way to a place is asked for with CONNECT", () => {
  const place = { host: "a.example", port: 443 };
  expect(proxyRequest(lines("CONNECT A.example:443 HTTP/1.1", "Host: b.example"))).toEqual({
    ...{ place, connects: true, head: "" },
  });
});

test("a request with a whole address is passed on for itself alone, without what is meant for the proxy", () => {
  const head = lines(
    "GET http://a.example:81/x?y HTTP/1.1",
    "Host: a.example:81",
    "Proxy-Authorization: x",
    "Connection: keep-alive",
  );
  expect(proxyRequest(head)).toEqual({
    place: { host: "a.example", port: 81 },
    connects: false,
    head: lines("GET /x?y HTTP/1.1", "Host: a.example:81", "Connection: close", "", ""),
  });
  expect(proxyRequest("GET http://a.example HTTP/1.1")?.head).toStartWith("GET / HTTP/1.1\r\n");
});

test("what is no request to a proxy is none", () => {
  const heads = [
    ...["", "GET / HTTP/1.1", "CONNECT a.example HTTP/1.1", "CONNECT a.example:0 HTTP/1.1", "CONNECT a b:1 HTTP/1.1"],
    ...["GET http://user:word@a.example/ HTTP/1.1", "GET https://a.example/ HTTP/1.1", "CONNECT a.example:443 HTTP/2"],
    "GET file:///etc/passwd HTTP/1.1",
  ];
  expect(heads.filter((head) => proxyRequest(head) !== undefined)).toEqual([]);
});

test("the proxy of the user's own is the one that other programs would go by, but for the places that NO_PROXY names", () => {
  const place = { host: "a.example", port: 443 };
  const plain = { secure: false, authorization: undefined };
  expect(upstreamFor({ place, connects: true }, {})).toBeUndefined();
  expect(upstreamFor({ place, connects: true }, { HTTP_PROXY: "http://p:1", HTTPS_PROXY: "" })).toBeUndefined();
  expect(upstreamFor({ place, connects: true }, { ALL_PROXY: "p", HTTP_PROXY: "http://q:1" })).toEqual({
    host: "p",
    port: 80,
    ...plain,
  });
  expect(upstreamFor({ place, connects: false }, { HTTP_PROXY: "http://P:3128/", http_proxy: "q:8080" })).toEqual({
    ...{ host: "q", port: 8080, ...plain },
  });
  expect(upstreamFor({ place, connects: true }, { https_proxy: "https://m%40e:w@[::1]" })).toEqual({
    ...{ host: "::1", port: 443, secure: true, authorization: `Basic ${btoa("m@e:w")}` },
  });
  expect(() => upstreamFor({ place, connects: true }, { HTTPS_PROXY: "socks5://p:1080" })).toThrow(
    'HTTPS_PROXY names no proxy of http or https, the only ones that network = "proxy" goes through',
  );
});

test("a name in NO_PROXY stands for all below it, an address may stand for a network, and a port for that port alone", () => {
  const isDirect = (host: string, NO_PROXY: string) =>
    upstreamFor({ place: { host, port: 443 }, connects: true }, { HTTPS_PROXY: "http://p:1", NO_PROXY }) === undefined;
  const direct = [
    ...[
      ["a.example", "b.example, A.example"],
      ["x.a.example", "a.example"],
      ["x.a.example", ".a.example"],
    ],
    ...[
      ["a.example", "*"],
      ["x.a.example", "*.a.example"],
      ["a.example", "a.example:443"],
    ],
    ...[
      ["10.1.2.3", "10.0.0.0/8"],
      ["10.1.2.3", "10.1.2.3"],
      ["[fd00::1]", "fd00::/8"],
      ["[::1]", "::1"],
    ],
  ] as const;
  const through = [
    ...[
      ["a.example", ""],
      ["nota.example", "a.example"],
      ["a.example", "x.a.example"],
      ["a.example", "a.example:80"],
    ],
    ...[
      ["11.1.2.3", "10.0.0.0/8"],
      ["10.1.2.3", "10.0.0.0/33"],
      ["[fe00::1]", "fd00::/8"],
      ["a.example", "10.0.0.0/0"],
    ],
  ] as const;
  expect(direct.filter(([host, exceptions]) => !isDirect(host, exceptions))).toEqual([]);
  expect(through.filter(([host, exceptions]) => isDirect(host, exceptions))).toEqual([]);
});
