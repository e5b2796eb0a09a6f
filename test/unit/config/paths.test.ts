import { expect, test } from "bun:test";
import { homedir } from "node:os";
import { abbreviatePath, configFile, expandPath, fleetHome } from "../../../src/config/paths.ts";

const environment = { HOME: "/home/nacho" };

test("the fleet's home is .ai_fleet in the user's home", () => {
  expect(fleetHome(environment)).toBe("/home/nacho/.ai_fleet");
  expect(configFile(environment)).toBe("/home/nacho/.ai_fleet/config.toml");
});

test("AI_FLEET_HOME moves the fleet's home", () => {
  const homes = ["/srv/fleet/", "~/fleet", "$HOME/fleet", "elsewhere", ""];
  expect(homes.map((home) => fleetHome({ ...environment, AI_FLEET_HOME: home }))).toEqual([
    "/srv/fleet",
    "/home/nacho/fleet",
    "/home/nacho/fleet",
    `${process.cwd()}/elsewhere`,
    "/home/nacho/.ai_fleet",
  ]);
});

test("without HOME the system knows the user's home", () => {
  expect(fleetHome({})).toBe(`${homedir()}/.ai_fleet`);
  expect(fleetHome({ HOME: "" })).toBe(`${homedir()}/.ai_fleet`);
});

const paths = {
  "~": "/home/nacho",
  "~/code/api": "/home/nacho/code/api",
  "~/code/../web/": "/home/nacho/web",
  "$HOME/code": "/home/nacho/code",
  "$\u007bHOME}/code": "/home/nacho/code",
  "/srv/x/": "/srv/x",
  worktrees: "/home/nacho/.ai_fleet/worktrees",
  "../trees": "/home/nacho/trees",
  "~nacho/x": "/home/nacho/.ai_fleet/~nacho/x",
  $HOMER: "/home/nacho/.ai_fleet/$HOMER",
} as const;

for (const [written, path] of Object.entries(paths)) {
  test(`${written} is ${path}`, () => {
    expect(expandPath(written, environment)).toBe(path);
  });
}

test("a relative path starts where the fleet's home was moved to", () => {
  expect(expandPath("worktrees", { ...environment, AI_FLEET_HOME: "/srv/fleet" })).toBe("/srv/fleet/worktrees");
});

test("a path in the user's home is abbreviated, no other", () => {
  const shown = ["/home/nacho/code", "/home/nacho", "/home/nachos/code", "/srv"].map((path) =>
    abbreviatePath(path, environment),
  );
  expect(shown).toEqual(["~/code", "/home/nacho", "/home/nachos/code", "/srv"]);
});
