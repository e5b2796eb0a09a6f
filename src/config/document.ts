import { broughtSettings, broughtVariables } from "./brought-keys.ts";
import { hasForm, isAgentName, isAnchoredPlace, isHostName } from "./forms.ts";
import type { Key } from "./key.ts";
import { type SettingName, settings } from "./keys.ts";
import { accepts } from "./kinds.ts";
import { agentKeys, hostKeys, notifyKeys, priceKeys, ruleKeys, webhookKeys } from "./table-keys.ts";
import { isTable, type RawValue } from "./toml.ts";

/** A table of TOML as it was parsed, of which nothing is known yet. */
export type RawTable = Readonly<Record<string, RawValue>>;
/** The settings that a table sets, each with a value that its kind accepts. */
export type RawSettings = Readonly<Partial<Record<SettingName, RawValue>>>;

/** A configuration file that was parsed and found to be right. */
export type Document = RawSettings & {
  readonly agents?: Readonly<Record<string, RawTable>>;
  readonly hosts?: Readonly<Record<string, RawTable>>;
  readonly repo?: Readonly<Record<string, RawSettings>>;
  readonly notify?: RawTable;
  readonly webhooks?: RawTable;
  readonly prices?: Readonly<Record<string, RawTable>>;
};

/** The keys that a table may hold, by their names. */
export type Keys = Readonly<Record<string, Key>>;

/** The keys that a `[repo."DIRECTORY"]` table may hold. */
export function repositoryKeys(): Keys {
  return Object.fromEntries(Object.entries(settings).filter(([, setting]) => setting.perRepository));
}

/** A repository's own file that was parsed and found to be right. */
export type BroughtDocument = Pick<RawSettings, (typeof broughtSettings)[number]> & {
  readonly env?: Readonly<Record<string, string>>;
};

/** The keys that a repository's own file may hold. */
export function broughtKeys(): Keys {
  return { ...Object.fromEntries(broughtSettings.map((name) => [name, settings[name]])), env: broughtVariables };
}

/** Whether a parsed file is one that a repository may bring. Says the same as `broughtSchema` of `schema.ts`. */
export function isBroughtDocument(document: unknown): document is BroughtDocument {
  return holds(broughtKeys(), document);
}

/** Whether a parsed file is a configuration. Says the same as `documentSchema` of `schema.ts`. */
export function isDocument(document: Readonly<Record<string, unknown>>): document is Document {
  const { agents, hosts, repo, notify, prices, webhooks, ...top } = document;
  return (
    holds(settings, top) &&
    (agents === undefined || isTableOf(agents, isAgentName, isAgentTable)) &&
    (hosts === undefined || isTableOf(hosts, isHostName, isHostTable)) &&
    (repo === undefined || isTableOf(repo, isAnchoredPlace, (table) => holds(repositoryKeys(), table))) &&
    (notify === undefined || holds(notifyKeys, notify)) &&
    (webhooks === undefined || isWebhooks(webhooks)) &&
    (prices === undefined || isTableOf(prices, isModelName, (table) => holds(priceKeys, table)))
  );
}

/** A table `[hosts.NAME]` that is right, wherever it was written; undefined for anything else. */
export function hostTable(name: string, table: unknown): RawTable | undefined {
  return isHostName(name) && isHostTable(table) ? table : undefined;
}

/** A host is reached by ssh, or by a Nomad that has an address, which then counts. */
export function agreesOnWay({ ssh, nomad }: { readonly ssh?: unknown; readonly nomad?: unknown }): boolean {
  if (nomad === undefined) return ssh !== undefined;
  const address = URL.parse(String((nomad as { readonly address?: unknown }).address));
  return address?.protocol === "http:" || address?.protocol === "https:";
}

/** `prompt_option` belongs to `prompt = "option"`, and the other way round. */
export function agreesOnPromptOption(agent: { readonly prompt?: unknown; readonly prompt_option?: unknown }): boolean {
  return (agent.prompt === "option") === (agent.prompt_option !== undefined);
}

function isWebhooks(value: unknown): boolean {
  if (!isTable(value)) return false;
  const { rules, ...rest } = value;
  return (
    holds(webhookKeys, rest) &&
    (rules === undefined || (Array.isArray(rules) && rules.every((rule) => holds(ruleKeys, rule))))
  );
}

function isModelName(name: string): boolean {
  return hasForm("model", name);
}

function isHostTable(table: unknown): table is RawTable {
  return holds(hostKeys, table) && isTable(table) && agreesOnWay(table);
}

function isAgentTable(table: unknown): boolean {
  return holds(agentKeys, table) && isTable(table) && agreesOnPromptOption(table);
}

function isTableOf(value: unknown, isName: (name: string) => boolean, isEntry: (entry: unknown) => boolean): boolean {
  return isTable(value) && Object.entries(value).every(([name, entry]) => isName(name) && isEntry(entry));
}

function holds(keys: Keys, table: unknown): boolean {
  return (
    isTable(table) &&
    Object.entries(table).every(([name, value]) => {
      const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
      return key !== undefined && accepts(key.kind, value);
    }) &&
    Object.entries(keys).every(([name, key]) => key.needed !== true || table[name] !== undefined)
  );
}
