import { afterAll, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claude } from "../../../src/agents/claude/claude.ts";
import { consentToGive, giveConsent } from "../../../src/agents/claude/consent.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { requestFor } from "./samples.ts";

const key = "sk-ant-api03-0123456789-0123456789abcdefghij";
const nameOfKey = "0123456789abcdefghij";
const trusted = { "/code/project": { hasTrustDialogAccepted: true } };
const notes = mkdtempSync(join(tmpdir(), "fleet-test-"));
afterAll(() => rmSync(notes, { recursive: true, force: true }));
const trustNotes = join(notes, "trust", "claude.json");
const request = requestFor({ repository: "/code/project", trustNotes });
const withKey = requestFor({ repository: "/code/project", trustNotes, environment: { ANTHROPIC_API_KEY: key } });

/** What is in the file after consent was given to what was in it before. */
async function afterConsent(before: unknown, to = request): Promise<unknown> {
  const file = join(temporaryFolder(), ".claude.json");
  writeFileSync(file, JSON.stringify(before));
  await giveConsent(file, to);
  return JSON.parse(readFileSync(file, "utf8"));
}

test("a new home gets all answers, in a private file", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "new", ".claude.json");
  await giveConsent(file, withKey);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    hasCompletedOnboarding: true,
    projects: trusted,
    customApiKeyResponses: { approved: [nameOfKey] },
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, "new"))).toEqual([".claude.json"]);
});

test("what would be written is said before, and nothing afterwards", async () => {
  const file = join(temporaryFolder(), ".claude.json");
  expect(consentToGive(file, withKey)).toBe(
    `in ${file}: that you know it, that /code/project is trusted, that ANTHROPIC_API_KEY may be used`,
  );
  await giveConsent(file, request);
  expect(consentToGive(file, withKey)).toBe(`in ${file}: that ANTHROPIC_API_KEY may be used`);
  expect(consentToGive(file, request)).toBeUndefined();
});

test("without an exported key nothing is said about keys", async () => {
  const file = join(temporaryFolder(), ".claude.json");
  await giveConsent(file, request);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ hasCompletedOnboarding: true, projects: trusted });
});

test("everything else in the file stays", async () => {
  const before = {
    numStartups: 12,
    hasCompletedOnboarding: true,
    projects: { "/code/other": { hasTrustDialogAccepted: false, history: ["x"] }, "/code/project": { lastCost: 1.5 } },
    customApiKeyResponses: { approved: ["another"], rejected: ["a third"] },
    oauthAccount: { emailAddress: "me@example.com" },
  };
  expect(await afterConsent(before, withKey)).toEqual({
    ...before,
    projects: { ...before.projects, "/code/project": { lastCost: 1.5, hasTrustDialogAccepted: true } },
    customApiKeyResponses: { approved: ["another", nameOfKey], rejected: ["a third"] },
  });
});

const answers: Readonly<Record<string, unknown>> = {
  "onboarding is not done": { hasCompletedOnboarding: false, projects: trusted },
  "the key is not to be used": {
    hasCompletedOnboarding: true,
    projects: trusted,
    customApiKeyResponses: { approved: [], rejected: [nameOfKey] },
  },
  "the key is to be used": {
    hasCompletedOnboarding: true,
    projects: trusted,
    customApiKeyResponses: { approved: [nameOfKey] },
  },
};

test("creating an agent trusts the repository, which Claude Code itself notes as not trusted before it asks", async () => {
  const before = { hasCompletedOnboarding: true, projects: { "/code/project": { hasTrustDialogAccepted: false } } };
  expect(await afterConsent(before, withKey)).toMatchObject({ projects: trusted });
});

for (const [what, before] of Object.entries(answers)) {
  test(`the answer that ${what} is not changed`, async () => {
    expect(await afterConsent(before, withKey)).toMatchObject(before as object);
  });
}

test("a file that says everything is not written at all", async () => {
  const file = join(temporaryFolder(), ".claude.json");
  const text = `{"projects":  ${JSON.stringify(trusted)}, "hasCompletedOnboarding": true}`;
  writeFileSync(file, text);
  const before = statSync(file).ino;
  await giveConsent(file, request);
  expect(readFileSync(file, "utf8")).toBe(text);
  expect(statSync(file).ino).toBe(before);
});

for (const text of ["", "{", '{"projects":', "[]", "null", '"text"', "// comment\n{}"]) {
  test(`a file with ${JSON.stringify(text)} in it is left alone`, async () => {
    const file = join(temporaryFolder(), ".claude.json");
    writeFileSync(file, text);
    await giveConsent(file, withKey);
    expect(readFileSync(file, "utf8")).toBe(text);
  });
}

test("a file that is a link elsewhere stays one", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "dotfile"), "{}");
  symlinkSync("dotfile", join(folder, ".claude.json"));
  await giveConsent(join(folder, ".claude.json"), request);
  expect(readlinkSync(join(folder, ".claude.json"))).toBe("dotfile");
  expect(JSON.parse(readFileSync(join(folder, "dotfile"), "utf8"))).toMatchObject({ projects: trusted });
});

test("many agents at once all get their consent", async () => {
  const file = join(temporaryFolder(), ".claude.json");
  const repositories = Array.from({ length: 10 }, (_, index) => `/code/${index}`);
  await Promise.all(repositories.map((repository) => giveConsent(file, requestFor({ repository, trustNotes }))));
  const { projects } = JSON.parse(readFileSync(file, "utf8")) as { projects: object };
  expect(Object.keys(projects).sort()).toEqual(repositories);
});

test("consent is given in the home of the agent, or where its configuration was moved", async () => {
  const [home, moved] = [temporaryFolder(), temporaryFolder()];
  mkdirSync(join(home, ".claude"));
  await claude.prepare?.(requestFor({ trustNotes, environment: { HOME: home, CLAUDE_CONFIG_DIR: moved } }));
  expect([existsSync(join(home, ".claude.json")), existsSync(join(moved, ".claude.json"))]).toEqual([false, true]);
  await claude.prepare?.(requestFor({ trustNotes, environment: { HOME: home } }));
  expect(existsSync(join(home, ".claude.json"))).toBe(true);
});
