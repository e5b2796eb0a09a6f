import { join, resolve } from "node:path";
import { gzipSync } from "bun";
import type { PreparedAsset } from "../../src/server/assets.ts";

const source = resolve(import.meta.dir, "../../src/server/page/index.html");

/** The page of `fleet serve` as browsers get it: bundled, made small, each file but the page itself under a name that says what is in it. */
export async function bundlePage(): Promise<PreparedAsset[]> {
  const { outputs } = await build();
  return Promise.all(
    outputs.map(async (output) => {
      const bytes = new Uint8Array(await output.arrayBuffer());
      return {
        path: join("/", output.path),
        type: output.type,
        hash: Bun.hash(bytes).toString(36),
        gzip: gzipSync(bytes, { level: 9 }).toBase64(),
      };
    }),
  );
}

/** The packages that are in the page. They are in the executable like those of `dependencies`, though no program loads them from there. */
export async function packagesOfPage(): Promise<string[]> {
  const { metafile } = await build();
  const names = Object.keys(metafile?.inputs ?? {}).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

function build() {
  return Bun.build({
    entrypoints: [source],
    target: "browser",
    splitting: true,
    minify: true,
    metafile: true,
    publicPath: "/",
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
    naming: { entry: "[name].[ext]", chunk: "assets/[name]-[hash].[ext]", asset: "assets/[name]-[hash].[ext]" },
  });
}
