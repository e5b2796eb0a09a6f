import type { CustomAgent, HostSettings, ModelPrice, Notification, WebhookRule, Webhooks } from "./config.ts";
import type { RawTable } from "./document.ts";
import { durationSeconds } from "./durations.ts";
import type { TextForm } from "./forms.ts";
import type { Key } from "./key.ts";
import type { ValueKind } from "./kinds.ts";
import { type Environment, expandPath } from "./paths.ts";
import { agentKeys, hostKeys, notifyKeys, priceKeys, ruleKeys, webhookKeys } from "./table-keys.ts";
import type { RawValue } from "./toml.ts";
import { splitWords } from "./words.ts";

/** An accepted value as `Config` has it: paths absolute, durations in seconds, flags as words. */
export function resolveValue(kind: ValueKind, value: RawValue, environment: Environment): RawValue {
  if (kind.type === "flags" && typeof value === "string") return splitWords(value) ?? [];
  if (kind.type === "duration" && typeof value === "string") return durationSeconds(value) ?? 0;
  if (kind.type === "text" && typeof value === "string" && isPath(kind.form, value))
    return expandPath(value, environment);
  return value;
}

/** An accepted `[agents.NAME]` table with its defaults. */
export function resolveAgent(table: RawTable, environment: Environment): CustomAgent {
  return resolveTable(agentKeys, table, environment) as CustomAgent;
}

/** An accepted `[hosts.NAME]` table with its defaults. */
export function resolveHost(table: RawTable, environment: Environment): HostSettings {
  const { ssh = "", ...others } = resolveTable(hostKeys, table, environment) as HostSettings;
  return { ssh, ...others };
}

/** An accepted `[notify]` table with its defaults. */
export function resolveNotification(table: RawTable, environment: Environment): Notification {
  return resolveTable(notifyKeys, table, environment) as Notification;
}

/** An accepted `[webhooks]` table with its rules and their defaults. */
export function resolveWebhooks({ rules, ...table }: RawTable, environment: Environment): Webhooks {
  const accepted = Array.isArray(rules) ? (rules as readonly unknown[]) : [];
  return {
    ...(resolveTable(webhookKeys, table, environment) as Omit<Webhooks, "rules">),
    rules: accepted.map((rule) => resolveTable(ruleKeys, rule as RawTable, environment) as WebhookRule),
  };
}

/** An accepted `[prices."MODEL"]` table. */
export function resolvePrice(table: RawTable, environment: Environment): ModelPrice {
  return resolveTable(priceKeys, table, environment) as ModelPrice;
}

function resolveTable(keys: Readonly<Record<string, Key>>, table: RawTable, environment: Environment): object {
  return Object.fromEntries(
    Object.entries(keys).map(([name, key]) => {
      const value = table[name] ?? key.default;
      return [name, value === undefined ? undefined : resolveValue(key.kind, value, environment)];
    }),
  );
}

function isPath(form: TextForm, value: string): boolean {
  if (form === "tmux socket") return value.includes("/");
  return form === "place" || (form === "place or nothing" && value !== "");
}
