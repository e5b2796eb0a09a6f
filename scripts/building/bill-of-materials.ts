import { join } from "node:path";
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import packageJson from "../../package.json" with { type: "json" };
import { root } from "./executable.ts";
import { packagesOfPage } from "./page.ts";

/** What is inside the executables, as CycloneDX 1.6 in JSON: the packages at run time, those of the page, and Bun. The same bytes for the same sources. */
export async function billOfMaterials(timestamp: Date): Promise<string> {
  const bill = new Models.Bom();
  bill.metadata.timestamp = timestamp;
  bill.metadata.component = component(
    "ai-fleet",
    packageJson.version,
    packageJson.license,
    Enums.ComponentType.Application,
  );
  for (const name of [...Object.keys(packageJson.dependencies), ...(await packagesOfPage())]) {
    const manifest = await Bun.file(join(root, "node_modules", name, "package.json")).json();
    bill.components.add(component(name, manifest.version, manifest.license, Enums.ComponentType.Library));
  }
  bill.components.add(
    component("bun", packageJson.packageManager.replace("bun@", ""), "MIT", Enums.ComponentType.Platform),
  );
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bill, { sortLists: true, space: 2 })}\n`;
}

function component(name: string, version: string, license: string, type: Enums.ComponentType): Models.Component {
  const purl = type === Enums.ComponentType.Library ? `pkg:npm/${name}@${version}` : `pkg:generic/${name}@${version}`;
  const made = new Models.Component(type, name, { version, purl, bomRef: purl });
  made.licenses.add(new Models.SpdxLicense(license));
  return made;
}
