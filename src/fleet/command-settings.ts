import type { AgentAdapter, CommandSettings } from "../agents/adapter.ts";
import { builtInAgents } from "../agents/catalog.ts";
import { type Environment, withoutVariables } from "../system/environment.ts";

/**
 * The environment of a command without what an agent that it runs in sets for the commands of its model: Gemini CLI leaves them no
 * configuration of git, and with it nobody's name to commit under. What has another value was set by somebody else and stays.
 */
export function withoutCommandSettings(environment: Environment): Environment {
  return builtInAgents
    .filter((agent) => isAround(environment, agent))
    .reduce(
      (left, { commandSettings }) => (commandSettings === undefined ? left : without(left, commandSettings)),
      environment,
    );
}

function isAround(environment: Environment, { markers = [] }: AgentAdapter): boolean {
  return markers.some((name) => environment[name] !== undefined);
}

function without(environment: Environment, { variables, git = {} }: CommandSettings): Environment {
  const left = withoutVariables(environment, (name) => name in variables && variables[name] === environment[name]);
  const settings = gitSettings(left);
  const others = settings.filter(([key, value]) => git[key] !== value);
  return others.length === settings.length ? left : withGitSettings(left, others);
}

type GitSetting = readonly [key: string, value: string];

/** The settings of git in an environment, in their order: a later one of the same key counts. */
function gitSettings(environment: Environment): GitSetting[] {
  const settings: GitSetting[] = [];
  while (settings.length < Number(environment.GIT_CONFIG_COUNT)) {
    const key = environment[`GIT_CONFIG_KEY_${settings.length}`];
    if (key === undefined) break;
    settings.push([key, environment[`GIT_CONFIG_VALUE_${settings.length}`] ?? ""]);
  }
  return settings;
}

function withGitSettings(environment: Environment, settings: readonly GitSetting[]): Environment {
  const rest = withoutVariables(environment, (name) => /^GIT_CONFIG_(COUNT|KEY_\d+|VALUE_\d+)$/.test(name));
  if (settings.length === 0) return rest;
  const numbered = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { ...rest, GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(numbered) };
}
