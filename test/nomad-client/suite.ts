import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { jobOf } from "../../src/hosts/nomad/job.ts";
import { nomad } from "../helpers/nomad.ts";
import { sandbox } from "../helpers/sandbox.ts";
import { hostOfNomad } from "../unit/hosts/nomad-host.ts";

const program = process.env.FLEET_NOMAD_CLIENT ?? "";

test("the types that the stand-in checks by are those that Nomad has published", async () => {
  await using box = await sandbox();
  const { stdout } = await box.run([program, "types"]);
  expect(stdout).toBe(readFileSync(join(import.meta.dir, "../fixtures/nomad/types.json"), "utf8"));
});

test("the client that Nomad has published does with the stand-in what a host does, with the job of one", async () => {
  await using box = await sandbox();
  await using lab = nomad(box, "lab");
  const input = JSON.stringify(jobOf(hostOfNomad({ driver: "raw_exec", memory: "1G", cores: 1, home: lab.home })));
  await box.run([program, "drive", lab.address, lab.token], { input }).expect({
    stdout: [
      'terminal false: code 7, "hello\\n", "warning\\n"',
      'terminal true: code 7, "hello\\r\\nhello\\r\\nwarning\\r\\n", ""',
      "",
    ].join("\n"),
  });
  expect(lab.running).toEqual([]);
});
