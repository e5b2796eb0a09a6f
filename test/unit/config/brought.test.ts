import { expect, test } from "bun:test";
import { settingsBrought } from "../../../src/config/brought.ts";
import { type SettingName, settings } from "../../../src/config/keys.ts";
import { configForRepository, loadConfig } from "../../../src/config/load.ts";
import { temporaryHome } from "./home.ts";

const path = "/code/api/.ai_fleet.toml";

function brought(text: string) {
  return settingsBrought({ path, text }, {}, (name) => name !== "TAKEN");
}

/** Where a value is set, and which of them holds: from the one that wins to the one that holds when there is no other. */
const places = ["environment", "[repo]", ".ai_fleet.toml", "config.toml"] as const;

const combinations = Array.from({ length: 2 ** places.length }, (_, bits) =>
  places.filter((__, index) => (bits & (1 << index)) !== 0),
);

const values: Readonly<Record<string, (place: string) => string | readonly string[]>> = {
  default_agent: (place) => place.replace(/\W/g, ""),
  credential_files: (place) => [place],
  setup_commands: (place) => [place],
  clone_directories: (place) => [place],
};

const kinds: Readonly<Record<string, string>> = {
  environment: "environment",
  "[repo]": "repository",
  ".ai_fleet.toml": "file",
  "config.toml": "file",
};

for (const [key, value] of Object.entries(values)) {
  for (const set of combinations) {
    const winner = set[0];
    test(`${key}, set in ${set.join(", ") || "nothing"}, is that of ${winner ?? "the default"}`, async () => {
      const line = (place: string) =>
        set.some((one) => one === place) ? `${key} = ${JSON.stringify(value(place))}\n` : "";
      const { environment } = temporaryHome(`${line("config.toml")}[repo."/code/api"]\n${line("[repo]")}`);
      const variable = winner === "environment" ? { [`AI_FLEET_${key.toUpperCase()}`]: winner } : {};
      const loaded = await loadConfig({ ...environment, ...variable });
      const { config, origins } = configForRepository(loaded, "/code/api", brought(line(".ai_fleet.toml")));
      const expected = winner === undefined ? settings[key as SettingName].default : value(winner);
      expect(config).toMatchObject({ [key]: expected });
      expect<string | undefined>(origins[key]?.kind).toBe(kinds[winner ?? ""] ?? "default");
    });
  }
}

test("what a repository does not set is what it would be without it", async () => {
  const { environment } = temporaryHome("quick_setup = true\n");
  const loaded = await loadConfig(environment);
  const settings = brought('# mine\nsetup_commands = ["make"]\n\n[env]\nA = "1"\n');
  expect(configForRepository(loaded, "/code/api", settings)).toEqual({
    ...loaded,
    config: { ...loaded.config, setup_commands: ["make"], env: { A: "1" } },
    origins: {
      ...loaded.origins,
      setup_commands: { kind: "file", file: path, line: 2 },
      env: { kind: "file", file: path, line: 4 },
    },
  });
});

test("a text that is not right brings nothing", () => {
  for (const text of ["x", "claude_flags = ''", "setup_commands = 1", "[env]\nTAKEN = '1'", "__proto__ = 1"]) {
    expect(brought(text)).toBeUndefined();
  }
  expect(brought("")).toEqual({ values: {}, origins: {} });
});
