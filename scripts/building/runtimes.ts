import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { root, type Target } from "./executable.ts";
import { capture } from "./process.ts";

/** The package with Bun for each target, and what the registry must hand out for it (Subresource Integrity of version 1.4.5). */
const packages: Readonly<Record<Target, { readonly name: string; readonly integrity: string }>> = {
  "bun-linux-x64-baseline": {
    name: "@oven/bun-linux-x64-baseline",
    integrity: "sha512-s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA==",
  },
  "bun-linux-arm64": {
    name: "@oven/bun-linux-aarch64",
    integrity: "sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
  },
  "bun-linux-x64-baseline-musl": {
    name: "@oven/bun-linux-x64-musl-baseline",
    integrity: "sha512-cWJhU8h0+MiUgpSt99sQhjxLIIosKEcKYdtKddohokUvAuN6jKOy7g7+QDTZTXtwHxz93wL3BX+L6wXVPDUH3A==",
  },
  "bun-linux-arm64-musl": {
    name: "@oven/bun-linux-aarch64-musl",
    integrity: "sha512-XCNc+WvvMAdNNb+OWTogpy+N9wm62fkVeEVLb6how0RZhW5LPi6c7BlkeVCuWps7XjEl2saFpHFa20/1E+PAHg==",
  },
  "bun-darwin-x64-baseline": {
    name: "@oven/bun-darwin-x64-baseline",
    integrity: "sha512-zqfLA5A4B+hYMh5WYzYSot3uZ06FzhdP0OEwQisEzdirYtXGj5cQFlfy31BGfNsAsk1Gd/w/OxJ/jqqJ3cMclw==",
  },
  "bun-darwin-arm64": {
    name: "@oven/bun-darwin-aarch64",
    integrity: "sha512-4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==",
  },
};

/** The Bun of a target, fetched from the npm registry once and checked against the integrity that stands here. */
export async function runtimeOf(target: Target): Promise<string> {
  const version = packageJson.packageManager.replace("bun@", "");
  const { name, integrity } = packages[target];
  const folder = join(root, ".tools", "runtimes", `${target}-${version}`);
  const runtime = join(folder, "package", "bin", "bun");
  if (existsSync(runtime)) return runtime;

  const staging = `${folder}.${process.pid}`;
  mkdirSync(staging, { recursive: true });
  try {
    const cache = join(root, ".tools", "npm-cache");
    await capture(["npm", "pack", "--silent", "--cache", cache, "--pack-destination", staging, `${name}@${version}`]);
    const archive = join(staging, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
    const found = `sha512-${new Bun.CryptoHasher("sha512").update(readFileSync(archive)).digest("base64")}`;
    if (found !== integrity) throw new Error(`${name}@${version} is ${found}, expected ${integrity}`);
    await capture(["tar", "-xzf", archive, "-C", staging]);
    rmSync(archive);
    renameSync(staging, folder);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return runtime;
}
