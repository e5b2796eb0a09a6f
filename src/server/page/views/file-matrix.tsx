import type { Attempt } from "../wire.ts";
import { oneLine, shown } from "../words.ts";

/** Which attempt has changed which file, and how much: what most of them touch comes first. */
export function FileMatrix({ attempts }: { readonly attempts: readonly Attempt[] }) {
  const paths = [...new Set(attempts.flatMap(({ files }) => files.map(({ path }) => path)))];
  const touching = (path: string) => attempts.filter(({ files }) => files.some((file) => file.path === path)).length;
  paths.sort((one, other) => touching(other) - touching(one) || one.localeCompare(other));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <section class="table-frame" tabIndex={0} aria-label="Files and attempts">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">file</th>
            {attempts.map(({ id, branch }) => (
              <th key={id} scope="col" class="right">
                <bdi>{oneLine(branch)}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {paths.map((path) => (
            <tr key={path}>
              <th scope="row">
                <bdi>{shown(path)}</bdi>
              </th>
              {attempts.map((attempt) => (
                <Cell key={attempt.id} attempt={attempt} path={path} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ attempt, path }: { readonly attempt: Attempt; readonly path: string }) {
  const change = attempt.files.find((file) => file.path === path);
  if (change === undefined) return <td class="right faint">·</td>;
  const conflicts = attempt.conflicts.includes(path);
  return (
    <td class={`right ${conflicts ? "in-conflict" : ""}`} title={conflicts ? "in conflict with the base" : ""}>
      {change.added === null ? (
        "binary"
      ) : (
        <>
          <ins>+{change.added}</ins> <del>−{change.deleted}</del>
        </>
      )}
    </td>
  );
}
