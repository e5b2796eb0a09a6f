import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { agreesOnPromptOption, agreesOnWay, broughtKeys, type Keys, repositoryKeys } from "./document.ts";
import { durationSeconds } from "./durations.ts";
import {
  hasForm,
  isAgentName,
  isAnchoredPlace,
  isFlagsLine,
  isHostName,
  isVariableName,
  type TextForm,
} from "./forms.ts";
import { settings } from "./keys.ts";
import { isArgument, isOptionOf, isOptionValue, isWithin, type ValueKind } from "./kinds.ts";
import { agentKeys, hostKeys, notifyKeys, priceKeys, ruleKeys, webhookKeys } from "./table-keys.ts";
import { isTable } from "./toml.ts";
import { expectedOption, expectedText, expectedValue, foundValue } from "./wording.ts";

/** What a configuration file may hold, with words for each way to be wrong. Loads zod: only for a file that is known to be wrong. */
export function documentSchema(): z.ZodMiniType {
  // What has no words of ours gets zod's instead of "Invalid input".
  z.config(en());
  const agent = tableSchema(agentKeys, "a table [agents.NAME]").check(
    z.refine(agreesOnPromptOption, {
      path: ["prompt_option"],
      error: 'goes together with prompt = "option", neither without the other',
    }),
  );
  const host = tableSchema(hostKeys, "a table [hosts.NAME]").check(
    z.refine(agreesOnWay, {
      path: ["ssh"],
      error: "needed, unless nomad is there with an address that starts with http:// or https://",
    }),
  );
  return z.strictObject({
    ...shape(settings),
    agents: z.optional(
      z.record(named(isAgentName, expectedText("agent name")), agent, expecting("tables [agents.NAME]")),
    ),
    hosts: z.optional(z.record(named(isHostName, expectedText("host name")), host, expecting("tables [hosts.NAME]"))),
    repo: z.optional(
      z.record(
        named(isAnchoredPlace, "a directory that starts with / or ~/"),
        tableSchema(repositoryKeys(), 'a table [repo."DIRECTORY"]'),
        expecting('tables [repo."DIRECTORY"]'),
      ),
    ),
    notify: z.optional(tableSchema(notifyKeys, "a table [notify]")),
    webhooks: z.optional(webhooksSchema()),
    prices: z.optional(
      z.record(
        named((name) => hasForm("model", name), expectedText("model")),
        tableSchema(priceKeys, 'a table [prices."MODEL"]'),
        expecting('tables [prices."MODEL"]'),
      ),
    ),
  });
}

/** What a repository's own file may hold, in the same words. */
export function broughtSchema(): z.ZodMiniType {
  z.config(en());
  return z.strictObject(shape(broughtKeys()));
}

/** The schema of one value, with words for each way to be wrong. */
export function valueSchema(kind: ValueKind): z.ZodMiniType {
  const error = expecting(expectedValue(kind));
  switch (kind.type) {
    case "text":
      return formSchema(kind.form);
    case "list":
      return z.array(formSchema(kind.form), error);
    case "flags":
      return z.union([z.string().check(z.refine(isFlagsLine, error)), z.array(argumentSchema())], error);
    case "boolean":
      return z.boolean(error);
    case "count":
      return z.int(error).check(z.minimum(kind.minimum, error), z.maximum(kind.maximum, error));
    case "duration":
      return z
        .union([z.int(error), z.string(error)], error)
        .check(z.refine((duration) => isWithin(kind, durationSeconds(duration)), error));
    case "price":
      return z.number(error).check(z.minimum(0, error));
    case "choice":
      return z.enum(kind.choices, error);
    case "choices":
      return z.array(z.enum(kind.choices, expecting(expectedValue({ type: "choice", choices: kind.choices }))), error);
    case "variables":
      return z.record(named(isVariableName, "the name of an environment variable"), argumentSchema(), error);
    case "options":
      return z.record(
        named((name) => isOptionOf(kind, name), expectedOption(kind)),
        z.custom(isOptionValue, error),
        error,
      );
  }
}

function webhooksSchema() {
  const error = expecting("a table [webhooks]");
  const rules = z.array(tableSchema(ruleKeys, "a table [[webhooks.rules]]"), expecting("tables [[webhooks.rules]]"));
  return z.pipe(z.custom(isTable, error), z.strictObject({ ...shape(webhookKeys), rules: z.optional(rules) }, error));
}

function tableSchema(keys: Keys, description: string) {
  const error = expecting(description);
  // An object of zod's may be a date, too.
  return z.pipe(z.custom(isTable, error), z.strictObject(shape(keys), error));
}

function shape(keys: Keys): Record<string, z.ZodMiniType> {
  return Object.fromEntries(
    Object.entries(keys).map(([name, key]) => {
      const schema = valueSchema(key.kind);
      return [name, key.needed === true ? schema : z.optional(schema)];
    }),
  );
}

function formSchema(form: TextForm) {
  const error = expecting(expectedText(form));
  return z.string(error).check(z.refine((text) => hasForm(form, text), error));
}

function argumentSchema() {
  const error = expecting("text");
  return z.string(error).check(z.refine(isArgument, error));
}

function named(isName: (name: string) => boolean, expected: string) {
  return z.string().check(z.refine(isName, expecting(expected)));
}

function expecting(expected: string) {
  return {
    error: (issue: { readonly input?: unknown }) => `expected ${expected}, not ${foundValue(issue.input)}`,
  };
}
