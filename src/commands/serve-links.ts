import type { Fleet } from "../fleet/fleet.ts";
import type { Application } from "./application.ts";

/** How a server is served, as far as its links depend on it. */
export interface LinkOptions {
  readonly host: string | undefined;
  readonly "viewer-token": boolean | undefined;
  readonly "webhooks-only": boolean | undefined;
}

/** Where a server is. */
interface Served {
  readonly url: string | null;
  readonly socket: string | null;
}

/** Prints where a server is, and what opens it. */
export async function sayWhere(
  application: Application,
  fleet: Fleet,
  { url, socket, folder }: Served & { readonly folder: string },
  words: LinkOptions,
): Promise<void> {
  const [{ readOrMakeSecrets, tokenFile }, { pageLink }] = await Promise.all([
    import("../server/tokens.ts"),
    import("../server/links.ts"),
  ]);
  const role = words["viewer-token"] === true ? "viewer" : "owner";
  const hooksOnly = words["webhooks-only"] === true;
  const link = url === null || hooksOnly ? null : pageLink(url, readOrMakeSecrets(folder), role);
  const file = tokenFile(folder, role);
  if (application.json) return application.answerJson({ url, socket, link, token_file: file });
  application.answer([link ?? url ?? socket ?? ""]);
  if (link !== null)
    application.narration.note("the link opens one page, within ten minutes; for another, run fleet open");
  const { serve_page_url: through } = fleet.settings.config;
  if (link !== null && through !== "")
    application.narration.note(`from elsewhere: ${pageLink(url ?? "", readOrMakeSecrets(folder), role, { through })}`);
  if (!hooksOnly && socket === null) application.narration.note(`programs send the token of ${file}`);
}

/** Says what it means that others can reach the server, and by which links. */
export async function warnOfOthers(
  { narration, json }: Application,
  folder: string,
  url: string | null,
  { host = "127.0.0.1", ...words }: LinkOptions,
): Promise<void> {
  const [{ isPublic, publicAddresses }, { readOrMakeSecrets }, { pageLink }] = await Promise.all([
    import("../server/access.ts"),
    import("../server/tokens.ts"),
    import("../server/links.ts"),
  ]);
  if (url === null || words["webhooks-only"] === true || !isPublic(host)) return;
  narration.warning(
    "others can reach this server, and whoever is on the way can read the token; for yourself, ssh -L from there is safer",
  );
  if (json) return;
  const { port } = new URL(url);
  for (const address of publicAddresses(host)) {
    const there = `http://${address}${port === "" ? "" : `:${port}`}`;
    const role = words["viewer-token"] === true ? "viewer" : "owner";
    if (there !== url) narration.note(`for others: ${pageLink(there, readOrMakeSecrets(folder), role)}`);
  }
}

/** A server that takes nothing but webhooks looks well while it takes none. */
export function warnOfNoWebhooks({ narration }: Application, { settings }: Fleet, words: LinkOptions): void {
  if (words["webhooks-only"] !== true || settings.config.webhooks !== undefined) return;
  narration.warning("there is no [webhooks] in config.toml, so every delivery is refused; see fleet help webhooks");
}
