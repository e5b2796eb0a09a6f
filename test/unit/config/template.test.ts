import { expect, test } from "bun:test";
import { settingNames, settings } from "../../../src/config/keys.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Environment } from "../../../src/config/paths.ts";
import { agentKeys, hostKeys, notifyKeys, priceKeys } from "../../../src/config/table-keys.ts";
import { firstRunText } from "../../../src/config/template.ts";
import { parseToml } from "../../../src/config/toml.ts";
import { findings } from "../../../src/config/validate.ts";
import { temporaryHome } from "./home.ts";

const environment = { HOME: "/home/nacho" };
const text = firstRunText(environment);

/** Explanations have one space after the `#`. Without them, and without the `#` of the other lines, the text is what it offers. */
function uncommented(template: string): string {
  const offered = template.split("\n").filter((line) => !/^#(?: \S|$)/.test(line));
  return offered.map((line) => line.replace(/^#/, "")).join("\n");
}

function uncommentedSettings(template: string): string {
  const all = uncommented(template);
  return all.slice(0, all.indexOf("\n["));
}

test("the first configuration sets nothing and is right", () => {
  expect(findings(text, "config.toml", environment)).toEqual([]);
  expect(parseToml(text)).toEqual({});
});

test("every beginning of the first configuration is right, in case it is read while it is written", () => {
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
});

test("the first configuration with all that it offers is right", () => {
  expect(findings(uncommented(text), "config.toml", environment)).toEqual([]);
  expect(Object.keys(parseToml(uncommented(text)))).toEqual([
    ...settingNames,
    "repo",
    "agents",
    "hosts",
    "notify",
    "webhooks",
    "prices",
  ]);
});

test("the first configuration shows the paths as a person would write them", () => {
  expect(text).toContain('\n#worktree_root = "~/.ai_fleet/worktrees"\n');
  expect(firstRunText({ ...environment, AI_FLEET_HOME: "/srv/fleet" })).toContain(
    '\n#worktree_root = "/srv/fleet/worktrees"\n',
  );
});

async function expectDefaultsShown(world: Environment, home: string) {
  const { config: defaults, file } = await loadConfig(world);
  await Bun.write(file, uncommentedSettings(firstRunText(world)));
  const { config, origins } = await loadConfig(world);
  expect(config).toEqual({ ...defaults, repo_root: `${home}/code/my-project` });
  expect(settingNames.filter((name) => origins[name]?.kind !== "file")).toEqual([]);
}

test("the values in the first configuration are the defaults, but for the example of a repository", async () => {
  const { home, environment: world } = temporaryHome();
  await expectDefaultsShown(world, home);
});

test("they are the defaults where the fleet's home was moved to, too", async () => {
  const { home, environment: world } = temporaryHome();
  await expectDefaultsShown({ ...world, AI_FLEET_HOME: "~/elsewhere" }, home);
});

test("the first configuration explains every key in the line above it", () => {
  const lines = text.split("\n");
  for (const [name, key] of [settings, agentKeys, hostKeys, notifyKeys, priceKeys].flatMap(Object.entries)) {
    const at = lines.findIndex(
      (line, index) =>
        line.startsWith(`#${name} = `) &&
        lines[index - 1]?.replace(/: (one of|a list of) .*/, ".") === `# ${key.purpose}.`,
    );
    expect([name, at >= 0]).toEqual([name, true]);
  }
});

test("the first configuration fits into a terminal", () => {
  expect(text.split("\n").filter((line) => line.length > 120)).toEqual([]);
});

test("the first configuration names the choices that there are, and no others", () => {
  const keys = Object.entries({ ...settings, ...agentKeys, ...notifyKeys, ...priceKeys });
  const closed = keys.flatMap(([name, { kind }]) =>
    kind.type === "choice" || kind.type === "choices" ? [{ name, choices: kind.choices }] : [],
  );
  const named = closed.map(({ name }) => {
    const [, explanation = ""] = new RegExp(`^# (.*)\\n#${name} = `, "m").exec(text) ?? [];
    return { name, choices: [...explanation.matchAll(/"([^"]*)"/g)].map(([, choice]) => choice) };
  });
  expect(closed.map(({ name }) => name)).toEqual(["sandbox", "network", "prompt", "on"]);
  expect(named as unknown).toEqual(closed);
});
