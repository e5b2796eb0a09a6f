import { FleetError } from "../../../errors.ts";
import type { PullRequest } from "../../../forges/forge.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { readPullRecord } from "../../../state/pull-request.ts";
import type { Remote } from "../../../system/git/remotes.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { rangeOf } from "./range.ts";
import { secretsOf, withoutSecrets } from "./secrets.ts";
import { fitting, type PullText, standardText } from "./text.ts";
import type { PullWork } from "./work.ts";

/** The text of a pull request, and what may become of it later. */
export interface ChosenText {
  readonly chosen: PullText;
  /** It replaces what is there. */
  readonly isNew: boolean;
  /** It is made of commits and last words, and so it may be made anew. */
  readonly isStandard: boolean;
}

/** The text for the work of an agent: what the user says, else what stands there and was changed by others, else a standard one. */
export async function chosenText(
  work: PullWork,
  remote: Remote,
  base: string,
  known: PullRequest | undefined,
): Promise<ChosenText> {
  const { look, entry, options } = work;
  const { fleet } = look;
  const standard = await standardText(fleet, work.place, work, await rangeOf(work, remote, base));
  const record = readPullRecord(statePlaces(fleet), entry.id);
  const isChanged = known !== undefined && (record?.number !== known.number || record.text !== hashOf(known));
  const usual = isChanged ? { title: known.title, body: known.body } : standard;
  const isSaid = options.title !== undefined || options.body !== undefined || options.edit !== undefined;
  const given = { title: options.title ?? usual.title, body: options.body ?? usual.body };
  if (isChanged && !isSaid) {
    fleet.report({ kind: "note", text: `${entry.branch}: its text stays; to write another, use --title or -e` });
    return { chosen: given, isNew: false, isStandard: false };
  }
  const edited = options.edit === undefined ? given : await options.edit(given);
  return { chosen: await publishable(fleet, entry, edited), isNew: true, isStandard: !isSaid };
}

/** A text without secrets. Throws FleetError `usage` when nothing is left of the title. */
async function publishable(fleet: Fleet, entry: AgentEntry, text: PullText): Promise<PullText> {
  const secrets = await secretsOf(fleet, entry);
  const title = withoutSecrets(text.title, secrets);
  const body = withoutSecrets(text.body, secrets);
  const found = [...new Set([...title.found, ...body.found])];
  if (found.length > 0) {
    const what = `the value of ${found.join(", ")} is left out of its text`;
    fleet.report({
      kind: "warning",
      text: `${entry.branch}: ${what}; commits are pushed as they are`,
    });
  }
  const fits = fitting({ title: title.text, body: body.text });
  if (fits.title !== "") return fits;
  throw new FleetError("usage", "a pull request needs a title", { hint: "to give one, run fleet pr --title TEXT" });
}

/** By which a text that fleet has written is known again. */
export function hashOf({ title, body }: PullText): string {
  const { title: line, body: text } = fitting({ title, body });
  return new Bun.CryptoHasher("sha256").update(`${line}\n\n${text}`).digest("hex");
}
