import { join } from "node:path";
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import packageJson from "../../package.json" with { type: "json" };
import { packagesOfProgram, root } from "./executable.ts";
import { packagesOfPage } from "./page.ts";

/** What is inside the executables, as CycloneDX 1.6 in JSON: the packages of the program, those of the page, and Bun. The same bytes for the same sources. */
export async function billOfMaterials(timestamp: Date): Promise<string> {
  const bill = new Models.Bom();
  bill.metadata.timestamp = timestamp;
  bill.metadata.component = component(
    "ai-fleet",
    packageJson.version,
    packageJson.license,
    Enums.ComponentType.Application,
  );
  for (const folder of new Set([...(await packagesOfProgram()), ...(await packagesOfPage())])) {
    const { name, version, license } = await Bun.file(join(root, folder, "package.json")).json();
    bill.components.add(component(name, version, license, Enums.ComponentType.Library));
  }
  bill.components.add(
    component("bun", packageJson.packageManager.replace("bun@", ""), "MIT", Enums.ComponentType.Platform),
  );
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bill, { sortLists: true, space: 2 })}\n`;
}

function component(name: string, version: string, license: string, type: Enums.ComponentType): Models.Component {
  const purl =
    type === Enums.ComponentType.Library
      ? `pkg:npm/${name.replace("@", "%40")}@${version}`
      : `pkg:generic/${name}@${version}`;
  const made = new Models.Component(type, name, { version, purl, bomRef: purl });
  made.licenses.add(new Models.SpdxLicense(license));
  return made;
}
