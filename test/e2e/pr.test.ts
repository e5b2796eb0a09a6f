import { expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { certificateIn } from "../helpers/certificate.ts";
import { githubStandIn, gitlabStandIn, type StandIn } from "../helpers/forge.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, registered, writeConfig } from "./agents.ts";
import { agentWithCommit, commitIn, keptOf, onGithub, token } from "./on-github.ts";

test("pr pushes the branch, opens a pull request, and brings it up to date", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  await agentWithCommit(box, repository, "fix");
  await box
    .fleet(["pr", "fix", "--draft", "--reviewer", "ada", "--reviewer", "acme/core", "--label", "bug"], at)
    .expect({
      stdout: "  fix  opened  #1 draft  https://forge.example.com/acme/shop/pull/1\n",
    });
  expect(await repository.git("ls-remote", join(box.root, "acme-shop.git"), "refs/heads/*")).toBe(
    `${await repository.git("rev-parse", "fix")}\trefs/heads/fix\n${await repository.git("rev-parse", "main")}\trefs/heads/main`,
  );
  expect(forge.pulls.get(1)).toMatchObject({
    ...{ title: "Add a file", body: "It was missing.", draft: true, from: "acme:fix", base: { ref: "main" } },
    ...{ reviewers: ["ada"], labels: ["bug"] },
  });
  expect(new Set(forge.asked.map((one) => one.token))).toEqual(new Set([`Bearer ${token}`]));
  await box.fleet(["list"], at).expect({ stdout: /\n {2}fix .* #1 draft /, stderr: /1 agent/ });
  const { agents } = JSON.parse((await box.fleet(["list", "--json"], at)).stdout);
  expect(agents[0].pull_request).toEqual({
    ...{ number: 1, url: "https://forge.example.com/acme/shop/pull/1", state: "draft", base: "main" },
    seen_at: agents[0].pull_request.seen_at,
  });

  await commitIn(box, repository, "fix", "Add more");
  await box.fleet(["pr", "fix"], at).expect({ stdout: /fix {2}updated {2}#1 draft/ });
  expect(forge.pulls.get(1)).toMatchObject({ title: "Add a file", body: "- Add a file\n- Add more" });
  expect(forge.pulls.size).toBe(1);

  // What people write on the forge is theirs, and what the user says wins.
  Object.assign(forge.pulls.get(1) ?? {}, { body: "By hand" });
  await commitIn(box, repository, "fix", "Even more");
  await box.fleet(["pr", "fix"], at).expect({
    stdout: /updated/,
    stderr: "fix: its text stays; to write another, use --title or -e\n",
  });
  expect(forge.pulls.get(1)?.body).toBe("By hand");
  await box.fleet(["pr", "fix", "--title", "Said", "--into", "next"], at).expect({
    stdout: /updated/,
    stderr: "fix: it still goes into main; to change that, go to https://forge.example.com/acme/shop/pull/1\n",
  });
  expect(forge.pulls.get(1)).toMatchObject({ title: "Said", body: "By hand" });
  await box.fleet(["pr", "fix"], at).expect({ stdout: /updated/, stderr: /^fix: its text stays/ });
  expect(forge.pulls.get(1)?.title).toBe("Said");
  expect((await keptOf(box)).stdout).toBe("");
});

test("a pull request stays a draft, or ready for review, unless something else is asked for, and what was done is said", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  const address = "https://forge.example.com/acme/shop/pull/1";
  const states: unknown[] = [];
  const pr = async (options: readonly string[], said: { stdout: string; stderr: string }) => {
    await box.fleet(["pr", "fix", ...options], at).expect(said);
    states.push(forge.pulls.get(1)?.draft);
  };
  const updated = { stdout: `  fix  updated  #1  ${address}\n`, stderr: "" };
  const updatedDraft = { stdout: `  fix  updated  #1 draft  ${address}\n`, stderr: "" };
  await agentWithCommit(box, repository, "fix");
  await pr(["--draft"], { stdout: `  fix  opened  #1 draft  ${address}\n`, stderr: "" });
  await pr([], updatedDraft);
  await pr(["--title", "Said"], updatedDraft);
  await pr(["--ready"], {
    ...updated,
    stderr: "fix: its text stays; to write another, use --title or -e\nfix: #1 is ready for review now\n",
  });
  await pr(["--ready", "--title", "Said"], { ...updated, stderr: "fix: #1 is ready for review already\n" });
  await pr(["--title", "Again"], updated);
  await pr(["--draft", "--title", "Again"], { ...updatedDraft, stderr: "fix: #1 is a draft now\n" });
  expect(states).toEqual([true, true, true, false, false, false, true]);
  expect(forge.pulls.get(1)?.title).toBe("Again");
  const { agents } = JSON.parse((await box.fleet(["pr", "fix", "--ready", "--json"], at)).stdout);
  expect(agents[0]).toMatchObject({ outcome: "updated", pull_request: { state: "open" } });
  await box
    .fleet(["pr", "fix", "--draft", "--ready"], at)
    .expect({ code: 2, stderr: /^✗ --draft and --ready cannot be combined\n/ });
});

test("a change of draft that the forge refuses is told, and the rest is done", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  await agentWithCommit(box, repository, "fix");
  await box.fleet(["pr", "fix"], at);
  const refusal = `Draft pull requests are not supported in this repository (${token})`;
  forge.intercept(({ path }) =>
    path === "/api/graphql"
      ? { status: 200, body: { data: { done: null }, errors: [{ message: refusal }] } }
      : undefined,
  );
  const tip = await commitIn(box, repository, "fix", "Add more");
  await box.fleet(["pr", "fix", "--draft"], at).expect({
    code: 1,
    stdout: "  fix  updated  #1  https://forge.example.com/acme/shop/pull/1\n",
    stderr:
      /^✗ fix: GitHub does not make it a draft\n {2}│ Draft pull requests are not supported in this repository \(\[token\]\)\n {2}for a token that may, export GITHUB_TOKEN=\.\.\.\n$/,
  });
  expect(await repository.git("ls-remote", join(box.root, "acme-shop.git"), "refs/heads/fix")).toBe(
    `${tip}\trefs/heads/fix`,
  );
  expect(forge.pulls.get(1)?.body).toBe("- Add a file\n- Add more");
});

for (const [title, prepare, said] of [
  [
    "a token that is not known",
    (forge: StandIn) => forge.intercept(() => ({ status: 401, body: { message: "Bad credentials" } })),
    /^✗ fix: GitHub does not know this token\n {2}│ Bad credentials\n {2}to get another, export GITHUB_TOKEN=\.\.\.\n/,
  ],
  [
    "a repository that is not there",
    (forge: StandIn) => forge.projects.clear(),
    /^✗ fix: there is no acme\/shop on localhost:\d+, as far as this token sees\n/,
  ],
  [
    "a repository to which the user may not push",
    (forge: StandIn) => forge.projects.set("acme/shop", { default_branch: "main", permissions: { push: false } }),
    /^✗ fix: you may not push to acme\/shop on localhost:\d+, as GitHub says\n {2}to push to a fork of yours, run gh repo fork acme\/shop --remote\n$/,
  ],
  [
    "an archived repository",
    (forge: StandIn) => forge.projects.set("acme/shop", { archived: true }),
    /^✗ fix: acme\/shop on localhost:\d+ is archived: nothing can be changed there\n/,
  ],
  [
    "a long rate limit",
    (forge: StandIn) =>
      forge.intercept(() => ({
        status: 403,
        body: {},
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "9999999999" },
      })),
    /^✗ fix: GitHub has had too many requests\n {2}try again after \[DATE\]; to see how it is, run curl -sI /,
  ],
  [
    "no token at all",
    (_: StandIn, box: Sandbox) => delete box.env.GITHUB_TOKEN,
    /^✗ fix: there is no token for localhost:\d+: .*GITHUB_TOKEN are not set\n {2}to log in, run gh auth login --hostname localhost:\d+, or export GH_ENTERPRISE_TOKEN=\.\.\.\n$/,
  ],
] as const) {
  test(`nothing is pushed for ${title}, and it is said what helps`, async () => {
    await using box = await demoSandbox();
    const forge = githubStandIn();
    const repository = await onGithub(box, forge);
    await agentWithCommit(box, repository, "fix");
    prepare(forge, box);
    await box.fleet(["pr", "fix"], { cwd: repository.path }).expect({ code: 1, stderr: said });
    expect(await repository.git("ls-remote", join(box.root, "acme-shop.git"), "refs/heads/fix")).toBe("");
  });
}

test("what is refused before anything is asked names what helps", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository();
  const at = { cwd: repository.path };
  await box.fleet(["create", "fix"], at);
  await box.fleet(["pr", "fix"], at).expect({
    code: 1,
    stderr: "✗ fix: this repository has no remote to push to\n  to add one, run git remote add origin ADDRESS\n",
  });
  await repository.git("remote", "add", "origin", "git@git.example.com:acme/shop.git");
  await box
    .fleet(["pr", "fix"], at)
    .expect({ code: 1, stderr: /^✗ fix: git.example.com is no forge that fleet knows\n/ });
  writeFileSync(join(agentOn(box, "fix").worktree, "unsaved"), "");
  await box.fleet(["pr", "fix"], at).expect({
    code: 1,
    stderr:
      "✗ fix: fix has 1 unsaved file, which would not go in\n  to put them on its branch first, run fleet pr --commit fix\n",
  });
  await box
    .fleet(["pr", "fix", "--status", "--draft"], at)
    .expect({ code: 2, stderr: /^✗ --status and --draft cannot be combined\n/ });
  await box.fleet(["pr", "fix", "--status"], at).expect({ stdout: "  fix  none    fleet pr fix\n" });
});

test("a fork is pushed to, and the request is for upstream", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  await repository.git("remote", "rename", "origin", "fork");
  await repository.git("remote", "set-url", "fork", `${forge.url}/me/shop.git`);
  await repository.git("remote", "add", "upstream", `${forge.url}/acme/shop.git`);
  await repository.git("update-ref", "refs/remotes/upstream/main", "main");
  await repository.git("config", "remote.pushDefault", "upstream");
  forge.projects.set("acme/shop", { default_branch: "main", permissions: { push: false } });
  forge.projects.set("me/shop", { permissions: { push: true }, fork: true, parent: { full_name: "acme/shop" } });
  await agentWithCommit(box, repository, "fix");
  await box.fleet(["pr", "fix"], at).expect({ stdout: /opened {2}#1/ });
  expect(forge.pulls.get(1)).toMatchObject({ into: "acme/shop", from: "me:fix" });
  expect(await repository.git("ls-remote", join(box.root, "acme-shop.git"), "refs/heads/fix")).not.toBe("");
});

test("a push moves on, replaces only what fleet pushed, and says what the remote refuses", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  const remote = join(box.root, "acme-shop.git");
  await agentWithCommit(box, repository, "fix");
  await box.fleet(["pr", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  await repository.git("-C", worktree, "commit", "--quiet", "--amend", "-m", "Another way");
  await box.fleet(["pr", "fix"], at).expect({ stdout: /updated/ });
  expect(await repository.git("--git-dir", remote, "rev-parse", "fix")).toBe(await repository.git("rev-parse", "fix"));

  // Somebody else pushed to it.
  const theirs = await repository.git("commit-tree", "fix^{tree}", "-p", "fix", "-m", "theirs");
  await repository.git("push", "--quiet", remote, `${theirs}:refs/heads/fix`);
  await repository.git("-C", worktree, "commit", "--quiet", "--amend", "-m", "A third way");
  await box.fleet(["pr", "fix"], at).expect({
    code: 1,
    stderr:
      /^✗ fix: fix on origin has commits that are not here\n[\s\S]* {2}to see them, run git fetch origin fix && git log FETCH_HEAD\n$/,
  });
  expect(await repository.git("--git-dir", remote, "rev-parse", "fix")).toBe(theirs);

  const hook = join(remote, "hooks/pre-receive");
  writeFileSync(
    hook,
    "#!/bin/sh\necho 'error: GH006: Protected branch update failed for refs/heads/other.' >&2\nexit 1\n",
  );
  chmodSync(hook, 0o755);
  await agentWithCommit(box, repository, "other");
  await box
    .fleet(["pr", "other"], at)
    .expect({ code: 1, stderr: /^✗ other: other is protected on origin: it takes no pushes\n/ });
});

test("a closed request is left alone, an answer that was lost is found again, and a short outage is waited for", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  await agentWithCommit(box, repository, "fix");
  await box.fleet(["pr", "fix"], at);
  Object.assign(forge.pulls.get(1) ?? {}, { state: "closed" });
  await box.fleet(["pr", "fix"], at).expect({ stdout: /opened {2}#2/ });
  expect(forge.pulls.get(1)?.state).toBe("closed");

  await agentWithCommit(box, repository, "lost");
  let outages = 0;
  forge.intercept((asked) => {
    if (asked.method !== "POST" || !asked.path.endsWith("/pulls") || outages > 0) return undefined;
    outages += 1;
    forge.pulls.set(3, { ...forge.pulls.get(2), number: 3, from: "acme:lost", state: "open" });
    return { status: 502, body: {} };
  });
  forge.intercept((asked) => {
    const isTwice = asked.method === "POST" && asked.path.endsWith("/pulls") && outages > 0;
    return isTwice ? { status: 422, body: { message: "A pull request already exists for acme:lost." } } : undefined;
  });
  await box
    .fleet(["pr", "lost"], at)
    .expect({ stdout: /opened {2}#3/, stderr: "GitHub answers 502; asking again in 1 s\n" });
});

test("a GitHub of one's own is spoken to over TLS, with a token for its own host", async () => {
  await using box = await demoSandbox();
  const { key, cert } = await certificateIn(box.root);
  const forge = githubStandIn({ key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") });
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  delete box.env.GITHUB_SERVER_URL;
  await agentWithCommit(box, repository, "fix");
  await box.fleet(["pr", "fix"], at).expect({ code: 1, stderr: /is no forge that fleet knows/ });
  box.env.AI_FLEET_GITHUB_HOSTS = forge.host;
  await box.fleet(["pr", "fix"], at).expect({ code: 1, stderr: /there is no token for localhost/ });
  expect(forge.asked).toEqual([]);
  box.env.GH_ENTERPRISE_TOKEN = "of-work";
  await box
    .fleet(["pr", "fix"], at)
    .expect({ code: 1, stderr: /cannot be reached at https:.*\n {2}│ self signed certificate\n {2}to trust/ });
  await box.fleet(["pr", "fix"], { ...at, env: { SSL_CERT_FILE: cert } }).expect({ stdout: /opened {2}#1/ });
  expect(forge.asked[0]?.token).toBe("Bearer of-work");
});

test("a merge request on GitLab is opened from a fork, updated, and known when it is merged", async () => {
  await using box = await demoSandbox();
  const forge = gitlabStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  await repository.git("remote", "set-url", "origin", `${forge.url}/me/tools/shop.git`);
  await repository.git("remote", "add", "upstream", `${forge.url}/acme/tools/shop.git`);
  delete box.env.GITHUB_SERVER_URL;
  Object.assign(box.env, { CI_SERVER_URL: forge.url, CI_API_V4_URL: `${forge.url}/api/v4`, GITLAB_TOKEN: token });
  const access = (level: number) => ({ permissions: { project_access: { access_level: level }, group_access: null } });
  forge.projects.set("acme/tools/shop", { id: 1, ...access(20) });
  forge.projects.set("me/tools/shop", {
    id: 2,
    ...access(40),
    forked_from_project: { path_with_namespace: "acme/tools/shop" },
  });
  await agentWithCommit(box, repository, "fix");
  await box.fleet(["pr", "fix", "--draft", "--reviewer", "ada", "--label", "bug", "--label", "ui"], at).expect({
    stdout: /opened {2}!1 draft {2}https:/,
  });
  expect(forge.pulls.get(1)).toMatchObject({
    ...{
      title: "Draft: Add a file",
      description: "It was missing.",
      project_id: 1,
      source_project_id: 2,
      target_branch: "main",
    },
    ...{ reviewer_ids: [7], add_labels: "bug,ui" },
  });
  await commitIn(box, repository, "fix", "Add more");
  await box.fleet(["pr", "fix"], at).expect({ stdout: /updated {2}!1 draft/ });
  expect(forge.pulls.get(1)).toMatchObject({ description: "- Add a file\n- Add more" });
  // A merge request whose title loses the word is ready for review, which nobody has asked for.
  expect(`${forge.pulls.get(1)?.title}`).toMatch(/^Draft: (?!Draft)/);
  await box.fleet(["pr", "fix", "--ready"], at).expect({
    stdout: /updated {2}!1 {2}https:/,
    stderr: "fix: !1 is ready for review now\n",
  });
  await box.fleet(["pr", "fix"], { ...at, env: { GITLAB_TOKEN: "" } }).expect({
    code: 1,
    stderr:
      /^✗ fix: there is no token for localhost:\d+: GITLAB_TOKEN is not set\n {2}to log in, export GITLAB_TOKEN=\.\.\., or set gitlab_token_command with fleet config edit\n$/,
  });
  expect(forge.pulls.get(1)).toMatchObject({ title: "Add a file", draft: false });
  await box
    .fleet(["pr", "fix", "--draft"], at)
    .expect({ stdout: /updated {2}!1 draft/, stderr: "fix: !1 is a draft now\n" });
  expect(forge.pulls.get(1)).toMatchObject({ title: "Draft: Add a file", draft: true });
  Object.assign(forge.pulls.get(1) ?? {}, { state: "merged", sha: await repository.git("rev-parse", "fix") });
  await box.fleet(["kill", "fix"], at).expect({ stdout: /branch deleted {2}all of it is in !1/, stderr: /Undo/ });
});

test("a command of the user opens it on any other forge, with the text in its environment", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  await repository.git("remote", "set-url", "origin", "https://git.example.com/acme/shop.git");
  box.env.AI_FLEET_PR_COMMAND = `printf '%s|' "$AI_FLEET_TITLE" "$(cat "$AI_FLEET_BODY_FILE")" "$AI_FLEET_BRANCH" "$AI_FLEET_BASE" > ${box.root}/said; echo made https://git.example.com/acme/shop/pulls/12`;
  await agentWithCommit(box, repository, "fix");
  await box
    .fleet(["pr", "fix"], at)
    .expect({ stdout: "  fix  opened  #12  https://git.example.com/acme/shop/pulls/12\n" });
  expect(readFileSync(join(box.root, "said"), "utf8")).toBe("Add a file|It was missing.|fix|main|");
  await box.fleet(["pr", "fix"], at).expect({ stdout: /updated {2}#12/ });
  await box.fleet(["pr", "fix", "--draft"], at).expect({
    code: 1,
    stdout: /updated {2}#12 {2}/,
    stderr:
      "✗ fix: pr_command cannot make it a draft: it only opens pull requests\n  to do it there, see https://git.example.com/acme/shop/pulls/12\n",
  });
  box.env.AI_FLEET_PR_COMMAND = "echo no way >&2; exit 4";
  await agentWithCommit(box, repository, "other");
  await box.fleet(["pr", "other"], at).expect({
    code: 1,
    stderr:
      "✗ other: other was pushed, but pr_command ended with exit code 4\n  │ no way\n  to change it, run fleet config edit\n",
  });
});

test("the operation pr is open to other programs", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  await agentWithCommit(box, repository, "fix");
  const call = {
    id: 1,
    call: "pr",
    operation: "op-12345678",
    input: { targets: ["fix"], title: "Said", labels: ["bug"] },
  };
  const { stdout } = await box.fleet(["api"], { cwd: repository.path, input: `${JSON.stringify(call)}\n` });
  const [, answered] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(answered.answer).toMatchObject({
    agents: [{ branch: "fix", outcome: "opened", pull_request: { number: 1, state: "open" } }],
    failures: [],
  });
  expect(forge.pulls.get(1)).toMatchObject({ title: "Said", labels: ["bug"] });
});

test("a race can end in a pull request: the winner is published, nothing is merged, the others are saved", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path, timeoutMs: 60_000 };
  const script = join(box.root, "attempts.sh");
  writeFileSync(script, "case $AI_FLEET_BRANCH in race-A2) echo good >good ;; esac\n");
  writeConfig(box, `setup_commands = [${JSON.stringify(`sh ${script}`)}]\n`);
  const race = [
    "fanout",
    "2",
    "race",
    "-p",
    "make it good",
    "--test",
    "test -e good",
    "--pick",
    "--pr",
    "--label",
    "bug",
  ];
  box.env.GITHUB_TOKEN = "";
  await box.fleet(race, at).expect({ code: 1, stderr: /^✗ there is no token for localhost/ });
  expect(registered(box)).toEqual([]);
  box.env.GITHUB_TOKEN = token;
  const main = await repository.git("rev-parse", "main");
  const { code, stdout, stderr } = await box.fleet([...race, "--report", "report.md"], at);
  expect([code, stdout.split("\n").at(-2)]).toEqual([
    0,
    "  race-A2  taken  #1 open  https://forge.example.com/acme/shop/pull/1",
  ]);
  expect(stderr).toEndWith("1 other ended and saved. Undo: fleet restore --last\n");
  expect(await repository.git("rev-parse", "main")).toBe(main);
  expect(forge.pulls.get(1)).toMatchObject({ from: "acme:race-A2", base: { ref: "main" }, labels: ["bug"] });
  expect(readFileSync(join(repository.path, "report.md"), "utf8")).toContain(
    "\n#1 open: <https://forge.example.com/acme/shop/pull/1>\n",
  );
  await box.fleet(["compare", "race-A2"], at).expect({ stdout: / PR .*\n.* #1 open /, stderr: /tests passed/ });
  await box.fleet(["pick", "race-A2", "--pr", "--keep", "-m", "Said\n\nwhy", "--json"], at).expect({
    stdout: /"pull_request": \{\n\s+"number": 1,/,
  });
  expect(forge.pulls.get(1)).toMatchObject({ title: "Said", body: "why" });
});
