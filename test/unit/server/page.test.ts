import { expect, test } from "bun:test";
import { gunzipSync } from "bun";
import { bundlePage } from "../../../scripts/building/page.ts";

const assets = await bundlePage();
const html = textOf("/index.html");
const firstPaint = [
  "/index.html",
  ...[...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path = ""]) => path),
];

test("what a browser needs for the first paint is below 100 KB, compressed", () => {
  const bytes = firstPaint.map((path) => Uint8Array.fromBase64(assetAt(path).gzip).byteLength);
  expect(firstPaint.length).toBeGreaterThanOrEqual(3);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(100_000);
});

test("the page has no script and no style of its own in its markup, and asks nobody else for anything", () => {
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path = ""]) => path)).toSatisfy((paths) =>
    paths.every((path: string) => path.startsWith("/assets/")),
  );
});

function assetAt(path: string) {
  const asset = assets.find((each) => each.path === path);
  if (asset === undefined) throw new Error(`the page has no ${path}`);
  return asset;
}

function textOf(path: string): string {
  return new TextDecoder().decode(gunzipSync(Uint8Array.fromBase64(assetAt(path).gzip)));
}
