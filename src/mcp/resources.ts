import { diff } from "../api/diff.ts";
import { list } from "../api/list.ts";
import { logs } from "../api/logs.ts";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { input as diffInput } from "../model/wire/diff.ts";
import { input as listInput } from "../model/wire/list.ts";
import { input as logsInput } from "../model/wire/logs.ts";

/** What there is to read of each agent. */
const views = { transcript: "what it said and did", diff: "what it has changed" } as const;

type View = keyof typeof views;

/** The addresses that a client can fill in. */
export const resourceTemplates = Object.entries(views).map(([view, what]) => ({
  uriTemplate: `fleet://agents/{branch}/${view}`,
  name: `${view} of an agent`,
  description: what,
  mimeType: mimeTypeOf(view as View),
}));

/** What can be read of the agents of the repository. */
export async function resources(fleet: Fleet) {
  const { agents } = await list(fleet, listInput.parse({}));
  return agents.flatMap(({ branch }) =>
    Object.entries(views).map(([view, what]) => ({
      uri: `fleet://agents/${encodeURIComponent(branch)}/${view}`,
      name: `${branch}: ${what}`,
      mimeType: mimeTypeOf(view as View),
    })),
  );
}

/** The text behind an address. Throws FleetError for one that is none, and for an agent that is not there. */
export async function readResource(
  fleet: Fleet,
  uri: string,
): Promise<{ readonly text: string; readonly mimeType: string }> {
  const [, name = "", view = ""] = /^fleet:\/\/agents\/([^/]+)\/(\w+)$/.exec(uri) ?? [];
  if (!Object.hasOwn(views, view)) {
    throw new FleetError("usage", `there is no resource ${JSON.stringify(uri)}`, {
      hint: `they are ${resourceTemplates.map(({ uriTemplate }) => uriTemplate).join(" and ")}`,
    });
  }
  const text = await textOf(fleet, decodeURIComponent(name), view as View);
  return { text, mimeType: mimeTypeOf(view as View) };
}

async function textOf(fleet: Fleet, branch: string, view: View): Promise<string> {
  if (view === "transcript") {
    const { agents } = await logs(fleet, logsInput.parse({ targets: [branch], lines: 2000 }));
    return agents.flatMap(({ lines }) => lines.map((line) => `${line}\n`)).join("");
  }
  const { agents, failures } = await diff(fleet, diffInput.parse({ targets: [branch] }));
  const [failure] = failures;
  if (failure !== undefined) throw new FleetError("failed", failure.message ?? `${branch} cannot be looked at`);
  return agents.map(({ patch = "" }) => patch).join("");
}

function mimeTypeOf(view: View): string {
  return view === "diff" ? "text/x-diff" : "text/plain";
}
