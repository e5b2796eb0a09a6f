import { FleetError } from "../../errors.ts";

/**
 * The filter for a query in the words that GitHub has made common: `is:open label:agent state:"In Progress" team:ENG assignee:me`; what
 * else is written is looked for in title and text. Throws FleetError `usage` for a word that means nothing.
 */
export function linearFilter(query: string): object {
  const parts = [...query.matchAll(/(?:([a-z]+):)?(?:"([^"]*)"|(\S+))/g)];
  const conditions = parts.map(([, name, quoted, plain]) => condition(name, quoted ?? plain ?? ""));
  return conditions.length === 1 ? (conditions[0] ?? {}) : { and: conditions };
}

function condition(name: string | undefined, value: string): object {
  switch (name) {
    case undefined:
      return { searchableContent: { contains: value } };
    case "is": {
      if (value === "open") return { state: { type: { nin: ["completed", "canceled"] } } };
      if (value === "closed") return { state: { type: { in: ["completed", "canceled"] } } };
      break;
    }
    case "label":
      return { labels: { name: { eqIgnoreCase: value } } };
    case "state":
      return { state: { name: { eqIgnoreCase: value } } };
    case "team":
      return { team: { key: { eq: value.toUpperCase() } } };
    case "project":
      return { project: { name: { eqIgnoreCase: value } } };
    case "created":
    case "updated": {
      const since = /^>=(\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?)$/.exec(value)?.[1];
      if (since !== undefined) return { [`${name}At`]: { gte: since } };
      break;
    }
    case "assignee":
      return { assignee: value === "me" ? { isMe: { eq: true } } : { displayName: { eqIgnoreCase: value } } };
  }
  throw new FleetError("usage", `Linear cannot be asked for ${name}:${value}`, {
    code: "unknown-query",
    hint: 'a query is like is:open label:agent state:"Todo" team:ENG project:X assignee:me updated:>=2026-01-31; see fleet help tickets',
  });
}
