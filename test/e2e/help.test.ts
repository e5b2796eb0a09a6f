import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { namesOf, visibleLeaves, visibleRows } from "../../src/cli/command-rows.ts";
import { commandTable } from "../../src/cli/commands.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { demoSandbox, everythingIn, fleetHome } from "./agents.ts";

/** What a command says, as it is: a help text may look like what `expect` of a result replaces. */
async function answer(box: Sandbox, words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await box.fleet(words);
  expect([words, code, stderr]).toEqual([words, 0, ""]);
  return stdout;
}

test("fleet alone says what it is for", async () => {
  await using box = await demoSandbox();
  const text = await answer(box, []);
  expect(text).toMatchSnapshot();
  expect(text.split("\n").length).toBeLessThanOrEqual(12);
  expect((await box.flt([])).stdout).toBe(text);
});

test("the version is one line", async () => {
  await using box = await demoSandbox();
  const { version } = (await import("../../package.json", { with: { type: "json" } })).default;
  for (const words of [["--version"], ["-V"], ["version"]]) {
    await box.fleet(words).expect({ stdout: `fleet ${version}\n` });
    await box.flt(words).expect({ stdout: `fleet ${version}\n` });
  }
});

test("the version as JSON says where the program comes from, and nothing that is not known", async () => {
  await using box = await demoSandbox();
  const { version, homepage } = (await import("../../package.json", { with: { type: "json" } })).default;
  for (const words of [
    ["version", "--json"],
    ["--version", "--json"],
    ["--json", "-V"],
  ]) {
    expect(JSON.parse(await answer(box, words))).toEqual({
      version: 1,
      fleet: { version, commit: null, date: null, target: expect.stringMatching(/^bun-/), address: homepage },
      prices: { source: "@pydantic/genai-prices 0.1.8", date: "2026-09-23" },
    });
  }
});

test("fleet --help lists every command", async () => {
  await using box = await demoSandbox();
  const text = await answer(box, ["--help"]);
  expect(text).toMatchSnapshot();
  for (const row of visibleRows(commandTable)) expect(text).toContain(`\n  ${namesOf(row).join(", ")} `);
  for (const words of [["-h"], ["help"], ["--json", "--help"]]) expect(await answer(box, words)).toBe(text);
});

for (const row of [...visibleRows(commandTable).filter((row) => "children" in row), ...visibleLeaves(commandTable)]) {
  test(`the help of ${row.name}`, async () => {
    await using box = await demoSandbox();
    const name = row.name.split(" ");
    const text = await answer(box, [...name, "--help"]);
    expect(text).toMatchSnapshot();
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(await answer(box, [...name, "-h"])).toBe(text);
    expect(await answer(box, ["help", ...name])).toBe(text);
    for (const alias of namesOf(row)) expect(await answer(box, [...alias.split(" "), "--help"])).toBe(text);
  });
}

for (const topic of ["targets", "exit-codes", "trouble", "json"]) {
  test(`the help on ${topic}`, async () => {
    await using box = await demoSandbox();
    expect(await answer(box, ["help", topic])).toMatchSnapshot();
  });
}

test("fleet help topics lists what there is to read, and each of it is there", async () => {
  await using box = await demoSandbox();
  const text = await answer(box, ["help", "topics"]);
  expect(text).toMatchSnapshot();
  for (const [, name = ""] of text.matchAll(/^ {2}fleet help ([a-z-]+)/gm)) await answer(box, ["help", name]);
});

test("a manual page is asked for as man is, by a command's words, or by its other names", async () => {
  await using box = await demoSandbox();
  const page = (...words: string[]) => answer(box, ["help", "man", ...words]);
  expect(await page()).toMatch(/^\.TH FLEET 1 .*\n\.SH NAME\nfleet, flt /);
  expect(await page("status-line")).toMatch(/^\.TH FLEET\\-STATUS\\-LINE 1 /);
  expect(await page("config-show")).toBe(await page("config", "show"));
  expect(await page("ps")).toBe(await page("list"));
});

test("a command that is in no list has the help of those that it stands among", async () => {
  await using box = await demoSandbox();
  expect(await answer(box, ["config", "set", "--help"])).toBe(await answer(box, ["config", "--help"]));
});

test("help needs nothing: no home, no configuration, no repository, no tool", async () => {
  await using box = await demoSandbox();
  rmSync(fleetHome(box), { recursive: true });
  for (const words of [[], ["--help"], ["create", "--help"], ["help", "targets"], ["--version"]]) {
    const nothing = Object.fromEntries(Object.keys(box.env).map((name) => [name, undefined]));
    await box.run([`${box.bin}/fleet`, ...words], { cwd: "/", env: nothing }).expect({ stdout: /./ });
  }
  expect(everythingIn(box.home)).toEqual([]);
});
