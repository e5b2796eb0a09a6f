import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { githubStandIn } from "../helpers/forge.ts";
import { agentOn, demoSandbox, registered } from "./agents.ts";
import { agentWithCommit, commitIn, onGithub } from "./on-github.ts";

test("an agent that was merged on the forge, as one commit too, holds nothing any more", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  for (const branch of ["one", "two", "later"]) await agentWithCommit(box, repository, branch, `${branch}`);
  await box.fleet(["pr", "one", "two", "later"], at);
  for (const [number, branch] of [
    [1, "one"],
    [2, "two"],
    [3, "later"],
  ] as const) {
    Object.assign(forge.pulls.get(number) ?? {}, {
      ...{ state: "closed", merged_at: "2026-01-01T00:00:00Z" },
      head: { sha: await repository.git("rev-parse", branch) },
    });
  }
  await commitIn(box, repository, "later", "After the merge");
  await box
    .fleet(["pr", "one", "--status"], at)
    .expect({ stdout: "  one  merged  #1  https://forge.example.com/acme/shop/pull/1\n" });
  await box.fleet(["pr", "one"], at).expect({ stdout: /one {2}merged {2}#1/ });
  await box.fleet(["kill", "one", "two", "later"], at).expect({
    stdout: [
      "  one    ended  branch deleted  all of it is in #1",
      "  two    ended  branch deleted  all of it is in #2",
      "  later  ended  branch kept     2 commits of its own\n",
    ].join("\n"),
    stderr: /Undo/,
  });
  await box.fleet(["restore", "one"], at);
  expect(readFileSync(join(agentOn(box, "one").worktree, "new.txt"), "utf8")).toBe("one");
});

test("prune takes what the forge has merged, with a merge commit, as one commit or rebased, and nothing that has more", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  const at = { cwd: repository.path };
  const branches = ["merged", "squashed", "rebased", "more", "closed"];
  for (const branch of branches) await agentWithCommit(box, repository, branch, branch);
  await box.fleet(["pr", ...branches], at);
  const remote = ["--git-dir", join(box.root, "acme-shop.git")];
  const onForge = (...words: string[]) => repository.git(...remote, ...words);
  // Each way leaves another commit on the forge; here nothing of them is fetched, or known in any other way.
  const parents: Readonly<Record<string, readonly string[]>> = { merged: ["-p", "main", "-p", "merged"] };
  for (const [index, branch] of branches.entries()) {
    const commit = await onForge(
      "commit-tree",
      `${branch}^{tree}`,
      ...(parents[branch] ?? ["-p", "main"]),
      "-m",
      branch,
    );
    if (branch !== "closed") await onForge("update-ref", "refs/heads/main", commit);
    Object.assign(forge.pulls.get(index + 1) ?? {}, {
      ...{ state: "closed", merged_at: branch === "closed" ? null : "2026-01-01T00:00:00Z" },
      head: { sha: await repository.git("rev-parse", branch) },
    });
  }
  await commitIn(box, repository, "more", "After the merge");
  await box.fleet(["stop", "--all", "-y"], at);
  const gone = ["merged", "squashed", "rebased"];
  const { stdout } = await box.fleet(["prune"], at);
  expect(branches.filter((branch) => stdout.includes(`${branch} `))).toEqual(gone);
  await box.fleet(["prune", "-y"], at);
  expect(
    registered(box)
      .map(({ branch }) => branch)
      .sort(),
  ).toEqual(["closed", "more"]);
  expect(await repository.git("branch", "--list", "--format=%(refname:short)", ...branches)).toBe("closed\nmore");
});

test("when the forge does not answer, kill keeps what it cannot be sure of", async () => {
  await using box = await demoSandbox();
  const forge = githubStandIn();
  const repository = await onGithub(box, forge);
  await agentWithCommit(box, repository, "fix");
  await box.fleet(["pr", "fix"], { cwd: repository.path });
  forge.intercept(() => ({ status: 500, body: {} }));
  await box
    .fleet(["kill", "fix"], { cwd: repository.path })
    .expect({ stdout: /branch kept {2}1 commit of its own/, stderr: /Undo/ });
});
