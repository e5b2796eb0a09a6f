import { join, resolve } from "node:path";
import { gzipSync } from "bun";
import type { PreparedAsset } from "../../src/server/assets.ts";
import { packagesIn } from "./bundled.ts";

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

/** The folders of the packages that are in the page. They are in the executable too, though no program loads them from there. */
export async function packagesOfPage(): Promise<string[]> {
  const { metafile } = await build();
  return packagesIn(metafile);
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
