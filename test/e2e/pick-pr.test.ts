import { expect, test } from "bun:test";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { githubStandIn, gitlabStandIn, type StandIn } from "../helpers/forge.ts";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, registered } from "./agents.ts";
import { onGithub, token } from "./on-github.ts";

const best = ["pick", "--best", "race", "--test", "test -e good", "--pr"];

/** Two attempts of a batch: that of `good` passes the test, that of `bad` does not. */
async function attempts(box: Sandbox, repository: Repository): Promise<void> {
  for (const name of ["good", "bad"]) {
    await box.fleet(["create", name, "--batch", "race"], { cwd: repository.path });
    const { worktree } = agentOn(box, name);
    writeFileSync(join(worktree, name), name);
    await repository.git("-C", worktree, "add", "--all");
    await repository.git("-C", worktree, "commit", "--quiet", "-m", `Make it ${name}`);
  }
}

const pushed = (box: Sandbox, repository: Repository, branch: string) =>
  repository.git("ls-remote", join(box.root, "acme-shop.git"), `refs/heads/${branch}`);

const branches = (box: Sandbox) => registered(box).map(({ branch }) => branch);

test("the best of a batch is published as its flags say, the others are saved, and nothing is merged", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  await attempts(box, repository);
  writeFileSync(join(agentOn(box, "good").worktree, "unsaved"), "too\n");
  const main = await repository.git("rev-parse", "main");
  const flags = ["--draft", "--reviewer", "ada", "--label", "bug", "--label", "ui"];
  await box.fleet([...best.slice(0, -1), "--draft"], at).expect({ code: 2, stderr: /^✗ --draft .*--pr/ });
  await box.fleet([...best, ...flags], at).expect({
    stdout: "  good  taken  #1 draft  https://forge.example.com/acme/shop/pull/1\n",
    stderr: "good before bad: its tests passed.\n1 other ended and saved. Undo: fleet restore --last\n",
  });
  expect(forge.pulls.get(1)).toMatchObject({
    ...{ from: "acme:good", base: { ref: "main" }, draft: true, reviewers: ["ada"], labels: ["bug", "ui"] },
  });
  expect(forge.pulls.get(1)?.body).toContain("Make it good");
  expect(await repository.git("rev-parse", "main")).toBe(main);
  expect(await pushed(box, repository, "good")).toStartWith(await repository.git("rev-parse", "good"));
  expect(await repository.git("ls-tree", "--name-only", "good")).toBe("README.md\ngood\nunsaved");
  expect(await pushed(box, repository, "bad")).toBe("");
  expect(branches(box)).toEqual(["good"]);
  await box.fleet(["restore", "--last"], at).expect({ stdout: /^ {2}bad {2}restored / });
  // The one that is open is brought up to date, and stays a draft.
  await box.fleet([...best, "--json"], at).expect({ stdout: /"number": 1,\s*"url".*\s*"state": "draft"/ });
  expect(forge.pulls.size).toBe(1);
});

/** Makes the forge, or the remote, refuse; returns what puts that right. */
type Obstacle = (forge: StandIn, box: Sandbox) => () => unknown;

/** The forge gives this answer to what matches, as long as it stands in the way. */
const answering =
  (
    isMeant: (method: string) => boolean,
    status: number,
    body: object,
    headers: Record<string, string> = {},
  ): Obstacle =>
  (forge) => {
    let inTheWay = true;
    forge.intercept(({ method }) => (inTheWay && isMeant(method) ? { status, body, headers } : undefined));
    return () => {
      inTheWay = false;
    };
  };

const mayPush = (push: boolean) => ({ default_branch: "main", permissions: { push } });

const obstacles: Readonly<Record<string, readonly [Obstacle, RegExp]>> = {
  "the user may not push": [
    (forge) => {
      forge.projects.set("acme/shop", mayPush(false));
      return () => forge.projects.set("acme/shop", mayPush(true));
    },
    /^✗ you may not push to acme\/shop/,
  ],
  "the branch is protected": [
    (_, box) => {
      const hook = join(box.root, "acme-shop.git/hooks/pre-receive");
      writeFileSync(hook, "#!/bin/sh\necho 'GH006: Protected branch update failed for refs/heads/good.' >&2\nexit 1\n");
      chmodSync(hook, 0o755);
      return () => rmSync(hook);
    },
    /^✗ good is protected on origin: it takes no pushes\n/,
  ],
  "there were too many requests": [
    answering(() => true, 403, {}, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "9999999999" }),
    /^✗ GitHub has had too many requests\n/,
  ],
  "the branch is pushed, but the request refused": [
    answering((method) => method === "POST", 422, { message: "Validation Failed" }),
    /^✗ GitHub refuses\n {2}│ Validation Failed\n/,
  ],
};

for (const [what, [obstacle, said]] of Object.entries(obstacles)) {
  test(`nobody is ended when the winner cannot be published, for ${what}; once that is put right, the same line does it`, async () => {
    await using box = await demoSandbox();
    const forge = githubStandIn();
    const repository = await onGithub(box, forge);
    const at = { cwd: repository.path };
    await attempts(box, repository);
    const putRight = obstacle(forge, box);
    await box.fleet(best, at).expect({ code: 1, stderr: said });
    expect(branches(box).toSorted()).toEqual(["bad", "good"]);
    expect(forge.pulls.size).toBe(0);
    putRight();
    await box.fleet(best, at).expect({ stdout: /^ {2}good {2}taken {2}#1 open /, stderr: /1 other ended and saved/ });
    expect(branches(box)).toEqual(["good"]);
  });
}

test("a winner whose request was closed gets another, a merged one is taken as it is, and people who cannot be asked are told", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  await attempts(box, repository);
  await box.fleet([...best, "--keep"], at).expect({ stdout: / #1 open /, stderr: /./ });
  Object.assign(forge.pulls.get(1) ?? {}, { state: "closed" });
  forge.intercept(({ path }) =>
    path.endsWith("/requested_reviewers")
      ? { status: 422, body: { message: "Reviews may only be requested from collaborators." } }
      : undefined,
  );
  await box.fleet([...best, "--keep", "--reviewer", "nobody"], at).expect({
    code: 1,
    stdout: /^ {2}good {2}taken {2}#2 open /,
    stderr: /\n✗ good: GitHub refuses\n {2}│ Reviews may only be requested from collaborators\.\n/,
  });
  const head = await repository.git("rev-parse", "good");
  Object.assign(forge.pulls.get(2) ?? {}, {
    ...{ state: "closed", merged_at: "2026-01-01T00:00:00Z" },
    head: { ref: "good", sha: head },
  });
  await box.fleet(best, at).expect({ stdout: /^ {2}good {2}taken {2}#2 merged /, stderr: /1 other ended and saved/ });
  expect(forge.pulls.size).toBe(2);
});

test("the best of a batch becomes a merge request on GitLab, from a fork", async () => {
  await using box = await demoSandbox();
  const forge = gitlabStandIn();
  const repository = await onGithub(box, forge);
  await repository.git("remote", "set-url", "origin", `${forge.url}/me/shop.git`);
  await repository.git("remote", "add", "upstream", `${forge.url}/acme/shop.git`);
  delete box.env.GITHUB_SERVER_URL;
  Object.assign(box.env, { CI_SERVER_URL: forge.url, CI_API_V4_URL: `${forge.url}/api/v4`, GITLAB_TOKEN: token });
  const access = (level: number) => ({ permissions: { project_access: { access_level: level }, group_access: null } });
  forge.projects.set("acme/shop", { id: 1, ...access(20) });
  forge.projects.set("me/shop", { id: 2, ...access(40), forked_from_project: { path_with_namespace: "acme/shop" } });
  await attempts(box, repository);
  await box.fleet([...best, "--draft", "--label", "bug"], { cwd: repository.path }).expect({
    stdout: /^ {2}good {2}taken {2}!1 draft {2}https:/,
    stderr: /1 other ended and saved/,
  });
  expect(forge.pulls.get(1)).toMatchObject({
    ...{ title: "Draft: Make it good", project_id: 1, source_project_id: 2, target_branch: "main", add_labels: "bug" },
  });
  expect(branches(box)).toEqual(["good"]);
});
