import type { TicketReference } from "../../model/ticket.ts";
import { type Fields, textOf } from "../fields.ts";

/** Owner and name, escaped for a path, and number of an issue. */
export function partsOf({ key }: TicketReference): {
  readonly owner: string;
  readonly name: string;
  readonly number: string;
} {
  const [, owner = "", name = "", number = ""] = /^([^/]+)\/([^#]+)#(\d+)$/.exec(key) ?? [];
  return { owner: encodeURIComponent(owner), name: encodeURIComponent(name), number };
}

/** Where an issue is, below the address of the interface. */
export function pathOf(reference: TicketReference): string {
  const { owner, name, number } = partsOf(reference);
  return `/repos/${owner}/${name}/issues/${number}`;
}

/** An issue that was moved is answered under the name that it has now. */
export function keyFrom(issue: Fields, reference: TicketReference): string {
  const [, repository] = /\/repos\/([^/]+\/[^/]+)$/.exec(textOf(issue.repository_url)) ?? [];
  return repository === undefined ? reference.key : `${repository}#${textOf(issue.number)}`;
}
