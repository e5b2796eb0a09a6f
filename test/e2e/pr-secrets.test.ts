import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { githubStandIn } from "../helpers/forge.ts";
import { agentDirectory, agentOn, demoSandbox, fleetHome } from "./agents.ts";
import { agentWithCommit, onGithub, token } from "./on-github.ts";

test("values of the environment and of credential files are left out of what is published", async () => {
  await using box = await demoSandbox('credential_files = [".env"]\n');
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  repository.write(".env", "DB_PASSWORD=hunter2hunter\nRAILS_ENV=development\nexport API_KEY='abc123def456ghi789'\n");
  await repository.git("config", "core.excludesFile", "/dev/null");
  Object.assign(box.env, { DEPLOY_TOKEN: "x1y2z3x1y2z3", DATABASE_URL: "postgres://me:pass-word-9@db/shop" });
  const words = ["hunter2hunter", "abc123def456ghi789", "x1y2z3x1y2z3", "pass-word-9", token];
  await agentWithCommit(box, repository, "fix", `Use ${token}\n\n${words.join(" and ")} in development`);
  await box.fleet(["pr", "fix"], { cwd: repository.path }).expect({
    stdout: /opened/,
    stderr:
      /^ {2}! fix: the value of GITHUB_TOKEN, .* is left out of its text; commits are pushed as they are\n {2}! fix: its commits hold the value of .*GITHUB_TOKEN in new\.txt.*; who reads the remote can read it\n$/,
  });
  const sent = JSON.stringify(forge.pulls.get(1)) + JSON.stringify(forge.asked.map(({ body }) => body));
  for (const word of words) expect(sent).not.toContain(word);
  const { title, body } = forge.pulls.get(1) ?? {};
  expect([title, String(body).split(" and ").slice(1)]).toEqual([
    "Use [GITHUB_TOKEN is left out]",
    [
      "[.env: API_KEY is left out]",
      "[DEPLOY_TOKEN is left out]",
      "[DATABASE_URL is left out]",
      "[GITHUB_TOKEN is left out] in development",
    ],
  ]);
});

test("secrets in commits are named before they are pushed, also those that a later commit takes away", async () => {
  await using box = await demoSandbox();
  const repository = await onGithub(box, githubStandIn());
  box.env.DEPLOY_TOKEN = "x1y2z3x1y2z3";
  repository.write("known.txt", "x1y2z3x1y2z3\n");
  await repository.commit("was there before");
  await agentWithCommit(box, repository, "fix", "Fix it");
  const { worktree } = agentOn(box, "fix");
  writeFileSync(join(worktree, "new.txt"), "x1y2z3x1y2z3\n");
  await repository.git("-C", worktree, "commit", "--quiet", "--all", "--message", "try it");
  writeFileSync(join(worktree, "new.txt"), "++ b/other.txt\nclean\n");
  writeFileSync(join(worktree, "known.txt"), "x1y2z3x1y2z3\nmore\n");
  await repository.git("-C", worktree, "commit", "--quiet", "--all", "--message", "take it away");
  await box.fleet(["pr", "fix"], { cwd: repository.path }).expect({
    stdout: /opened/,
    stderr: "  ! fix: its commits hold the value of DEPLOY_TOKEN in new.txt; who reads the remote can read it\n",
  });
});

test("a token is in no error, trace or file, and not in what the forge says back", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  box.env.GITHUB_TOKEN = "";
  await agentWithCommit(box, repository, "fix");
  writeFileSync(join(box.root, "secret"), token);
  box.env.AI_FLEET_GITHUB_TOKEN_COMMAND = `cat ${join(box.root, "secret")}`;
  forge.intercept(() => ({
    status: 422,
    body: { message: `no: ${token}`, errors: [{ field: "base", code: "invalid" }] },
  }));
  const trace = join(box.root, "trace");
  const result = await box.fleet(["pr", "fix"], { cwd: repository.path, env: { AI_FLEET_TRACE: trace } });
  expect(result.stderr).toBe(
    "✗ fix: GitHub refuses\n  │ no: [token]\n  │ base: invalid\n  to see what can be said, run fleet pr --help\n",
  );
  expect(
    (await box.run(["grep", "-r", "-l", "-e", token, trace, fleetHome(box), agentDirectory(box, "fix")])).stdout,
  ).toBe("");
  const running = (await box.processes()).map(({ pid }) => `/proc/${pid}/environ`);
  expect(running).not.toEqual([]);
  expect((await box.run(["grep", "-l", "-e", token, ...running])).stdout).toBe("");
});
