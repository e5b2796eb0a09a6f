import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import type { MockModelServer } from "./mock-model-server.ts";

export const agentNames = ["claude", "codex", "gemini", "opencode"] as const;

export type AgentName = (typeof agentNames)[number];

/** Those with which only some things are tried are among them. */
export type AnyAgentName = AgentName | "qwen" | "copilot";

/**
 * Makes the owner of a sandbox a user of an agent who has never started it, but has a key for the stand-in for its model: writes what is
 * theirs to write and returns what they export.
 */
export function userOf(name: AnyAgentName, box: Pick<Sandbox, "home">, model: MockModelServer): Record<string, string> {
  return users[name](box, model);
}

const users: Readonly<
  Record<AnyAgentName, (box: Pick<Sandbox, "home">, model: MockModelServer) => Record<string, string>>
> = {
  claude(_, { url }) {
    const superuser = process.getuid?.() === 0;
    return {
      ANTHROPIC_API_KEY: "sk-ant-api03-0123456789-abcdefghijklmnopqrstuvwxyz",
      ANTHROPIC_BASE_URL: url,
      CLAUDE_CODE_MAX_RETRIES: "1",
      DISABLE_AUTOUPDATER: "1",
      ...(superuser ? { IS_SANDBOX: "1" } : {}),
    };
  },

  codex({ home }, { url }) {
    const config = `model = "gpt-5.5-codex"
model_provider = "mock"
check_for_update_on_startup = false
[model_providers.mock]
name = "mock"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "MOCK_KEY"
request_max_retries = 1
stream_max_retries = 1
`;
    write(join(home, ".codex", "config.toml"), config);
    return { MOCK_KEY: "none" };
  },

  gemini({ home }, { url }) {
    const settings = {
      security: { auth: { selectedType: "gemini-api-key" } },
      general: { disableAutoUpdate: true, disableUpdateNag: true },
      privacy: { usageStatisticsEnabled: false },
    };
    write(join(home, ".gemini", "settings.json"), JSON.stringify(settings));
    return { GEMINI_API_KEY: "none", GOOGLE_GEMINI_BASE_URL: url };
  },

  opencode({ home }, { url }) {
    const provider = {
      npm: "@ai-sdk/openai-compatible",
      name: "mock",
      options: { baseURL: `${url}/v1`, apiKey: "none" },
      models: { "mock-1": { name: "mock-1" } },
    };
    const model = "mock/mock-1";
    const config = { autoupdate: false, share: "disabled", permission: "allow", model, small_model: model };
    write(
      join(home, ".config", "opencode", "opencode.json"),
      JSON.stringify({ ...config, provider: { mock: provider } }),
    );
    return { OPENCODE_DISABLE_MODELS_FETCH: "1" };
  },

  qwen({ home }, { url }) {
    write(join(home, ".qwen", "settings.json"), JSON.stringify({ security: { auth: { selectedType: "openai" } } }));
    return { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: "none", OPENAI_MODEL: "mock-1" };
  },

  copilot(_, { url }) {
    return {
      COPILOT_AUTO_UPDATE: "false",
      COPILOT_OFFLINE: "true",
      COPILOT_MODEL: "mock-1",
      COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
    };
  },
};

/** Makes an agent ask before it acts. */
export function askFirst(name: AgentName, box: Sandbox): void {
  const asking = { claude: "--permission-mode default", codex: "", gemini: "", opencode: "" };
  box.env[`AI_FLEET_${name.toUpperCase()}_FLAGS`] = asking[name];
  if (name === "opencode") box.env.OPENCODE_PERMISSION = JSON.stringify({ bash: "ask" });
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
