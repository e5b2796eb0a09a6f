import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "bun";
import type { PreparedAsset } from "../../src/server/assets.ts";

const source = resolve(import.meta.dir, "../../src/server/page/index.html");

/** The page of `fleet serve` as browsers get it: bundled, made small, each file but the page itself under a name that says what is in it. */
export async function bundlePage(): Promise<PreparedAsset[]> {
  if (!existsSync(source)) return [];
  const { outputs } = await Bun.build({
    entrypoints: [source],
    target: "browser",
    splitting: true,
    minify: true,
    publicPath: "/",
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
    naming: { entry: "[name].[ext]", chunk: "assets/[name]-[hash].[ext]", asset: "assets/[name]-[hash].[ext]" },
  });
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
