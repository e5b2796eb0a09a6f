import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FleetError } from "../../src/errors.ts";
import { findToken, githubTokenSources } from "../../src/system/token.ts";
import { temporaryFolder } from "../helpers/folder.ts";

const never = new AbortController().signal;
const path = { PATH: "/usr/bin:/bin" };
const tokenFor = (host: string, command: string, environment: Record<string, string>) =>
  findToken(githubTokenSources(host, command, environment), { ...path, ...environment }, never);
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("it did not fail"),
    (error) => error as FleetError,
  );

test("a token of the environment goes to its own host alone", async () => {
  const both = { GITHUB_TOKEN: "of-github", GH_ENTERPRISE_TOKEN: "of-work" };
  expect(await tokenFor("github.com", "", both)).toBe("of-github");
  expect(await tokenFor("github.example.com", "", both)).toBe("of-work");
  expect(await tokenFor("github.example.com", "", { GITHUB_TOKEN: "x", GH_TOKEN: "y" })).toBeUndefined();
  const workflow = { GITHUB_TOKEN: "x", GITHUB_SERVER_URL: "https://github.example.com" };
  expect(await tokenFor("github.example.com", "", workflow)).toBe("x");
});

test("the command of the user is asked when the environment has none, and gh when there is no command", async () => {
  expect(await tokenFor("github.com", "printf 'from-command\\n'", {})).toBe("from-command");
  expect(await tokenFor("github.com", "exit 1", { GH_TOKEN: "first" })).toBe("first");
  const bin = temporaryFolder();
  writeFileSync(join(bin, "gh"), `#!/bin/sh\n[ "$*" = "auth token --hostname github.com" ] && echo from-gh\n`);
  chmodSync(join(bin, "gh"), 0o755);
  expect(await tokenFor("github.com", "", { PATH: `${bin}:/usr/bin:/bin` })).toBe("from-gh");
  expect(await tokenFor("github.example.com", "", { PATH: `${bin}:/usr/bin:/bin` })).toBeUndefined();
});

test("a command that fails is told with its words, and what is no token never", async () => {
  const failed = await failure(tokenFor("github.com", "echo hush; echo locked >&2; exit 3", {}));
  expect([failed.message, failed.output]).toEqual(["github_token_command has ended with exit code 3", "locked"]);
  const odd = await failure(tokenFor("github.com", "printf 'two\\nlines'", {}));
  expect(JSON.stringify([odd.message, odd.output, odd.hint])).not.toContain("lines");
});
