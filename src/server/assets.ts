import { gunzipSync } from "node:zlib";

/** A file of the page, as the build wrote it into this executable. */
export interface PreparedAsset {
  /** Under which it is asked for: `/index.html`, `/assets/main-1a2b3c4d.js`. */
  readonly path: string;
  readonly type: string;
  /** Of its content. */
  readonly hash: string;
  /** The content, compressed, in base64. */
  readonly gzip: string;
}

declare global {
  /** Set by the build (`define`), which writes it wherever it is named: name it once, for it is large. Absent when run from source. */
  var PREPARED_PAGE: readonly PreparedAsset[] | undefined;
}

interface Asset extends Omit<PreparedAsset, "gzip"> {
  readonly compressed: Uint8Array<ArrayBuffer>;
}

let loaded: Promise<ReadonlyMap<string, Asset>> | undefined;

/** A file of the page by the path it is asked for; nothing when there is none. */
export async function assetAt(path: string): Promise<Asset | undefined> {
  loaded ??= load();
  return (await loaded).get(path === "/" ? "/index.html" : path);
}

async function load(): Promise<ReadonlyMap<string, Asset>> {
  const prepared = globalThis.PREPARED_PAGE ?? (await bundledNow());
  return new Map(
    prepared.map(({ gzip, ...asset }) => [asset.path, { ...asset, compressed: Uint8Array.fromBase64(gzip) }]),
  );
}

/** From source the page is bundled when it is first asked for. No executable holds what does that. */
async function bundledNow(): Promise<readonly PreparedAsset[]> {
  const script = `${import.meta.dir}/../../scripts/building/page.ts`;
  const { bundlePage } = (await import(script)) as { bundlePage: () => Promise<readonly PreparedAsset[]> };
  return bundlePage();
}

/** What is under a name of its content never changes; the page itself is asked for again each time, and mostly is as it was. */
export function answerAsset(asset: Asset, { headers: asked }: Request, host: string): Response {
  const isPage = asset.path === "/index.html";
  const headers = {
    ETag: `"${asset.hash}"`,
    "Cache-Control": isPage ? "no-cache" : "public, max-age=31536000, immutable",
    Vary: "Accept-Encoding",
    ...(isPage ? { "Content-Security-Policy": policy(host) } : {}),
  };
  if (asked.get("if-none-match") === headers.ETag) return new Response(null, { status: 304, headers });
  const typed = { ...headers, "Content-Type": asset.type };
  if (!/\bgzip\b/.test(asked.get("accept-encoding") ?? "")) {
    return new Response(gunzipSync(asset.compressed), { headers: typed });
  }
  return new Response(asset.compressed, { headers: { ...typed, "Content-Encoding": "gzip" } });
}

/**
 * The page runs its own scripts, has its own styles and speaks with us alone; what agents wrote never becomes an element
 * (`require-trusted-types-for`).
 */
function policy(host: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ws://${host} wss://${host}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}
