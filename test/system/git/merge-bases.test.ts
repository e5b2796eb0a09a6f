import { expect, test } from "bun:test";
import { mergeBases } from "../../../src/system/git/merge-bases.ts";
import { sandbox } from "../../helpers/sandbox.ts";

test("where heads leave their targets is what git says of each, whatever their history", async () => {
  await using box = await sandbox();
  const { path, git } = await box.repository();
  const commit = async (message: string, ...parents: string[]) =>
    git("commit-tree", "HEAD^{tree}", ...parents.flatMap((parent) => ["-p", parent]), "-m", message);
  const root = await git("rev-parse", "HEAD");
  const early = await commit("early", root);
  const base = await commit("base", early);
  const later = await commit("later", base);
  const simple = await commit("simple 2", await commit("simple 1", base));
  const other = await commit("other", base);
  const tookTarget = await commit("took the target in", simple, later);
  const wentIn = await commit("target took it in", later, simple);
  const crossed = await commit("crossed", other, simple);
  const orphan = await commit("orphan");
  const cases = [
    ...[base, later, wentIn, early, orphan].flatMap((target) =>
      [base, simple, other, tookTarget, wentIn, crossed, early, orphan, later].map((head) => ({ head, base, target })),
    ),
    { head: simple, base: early, target: later },
    { head: early, base: root, target: wentIn },
  ];
  const place = { directory: path, environment: box.env };
  const expected = await Promise.all(
    cases.map(async ({ head, target }) => (await git("merge-base", target, head).catch(() => "")) || undefined),
  );
  expect(await mergeBases(place, cases)).toEqual(expected);
  // As agents have it: many heads from few commits of a target that moves on.
  const many = await Promise.all([0, 1, 2, 3].map((at) => commit(`${at}`, at % 2 === 0 ? base : early)));
  const departures = many.map((head, at) => ({ head, base: at % 2 === 0 ? base : early, target: later }));
  expect(await mergeBases(place, departures)).toEqual([base, early, base, early]);
});
