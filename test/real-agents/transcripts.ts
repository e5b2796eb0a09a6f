import { Database } from "bun:sqlite";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnyAgentName } from "./users.ts";

/** The prompts of the user in the own records of an agent in a worktree, as they are there, read without any of our code. */
export function promptsIn(name: AnyAgentName, home: string, worktree: string): string[] {
  return readers[name](home, worktree);
}

interface Row {
  readonly type?: string;
  readonly cwd?: string;
  readonly isMeta?: boolean;
  readonly message?: { readonly content?: unknown };
  readonly data?: { readonly content?: string; readonly context?: { readonly cwd?: string } };
  readonly payload?: {
    readonly type?: string;
    readonly cwd?: string;
    readonly item?: { readonly type?: string; readonly content?: readonly { readonly text?: string }[] };
  };
}

const readers: Readonly<Record<AnyAgentName, (home: string, worktree: string) => string[]>> = {
  claude(home, worktree) {
    const rows = rowsOf(join(home, ".claude/projects/*/*.jsonl")).flat();
    const users = rows.filter(({ type, cwd, isMeta }) => type === "user" && cwd === worktree && isMeta !== true);
    return users.flatMap(({ message }) => (typeof message?.content === "string" ? [message.content] : []));
  },

  codex(home, worktree) {
    const conversations = rowsOf(join(home, ".codex/sessions/*/*/*/*.jsonl"));
    const own = conversations.filter(([first]) => first?.payload?.cwd === worktree).flat();
    return own.flatMap(({ payload }) => {
      if (payload?.type !== "item_completed" || payload.item?.type !== "UserMessage") return [];
      return [(payload.item.content ?? []).map(({ text }) => text ?? "").join("")];
    });
  },

  gemini(home, worktree) {
    const logs = globSync(join(home, ".gemini/tmp/*/.project_root")).filter(
      (file) => readFileSync(file, "utf8").trim() === worktree,
    );
    return logs.flatMap((file) => {
      const prompts = JSON.parse(readFileSync(file.replace(".project_root", "logs.json"), "utf8"));
      return (prompts as { readonly message: string }[]).map(({ message }) => message);
    });
  },

  opencode(home, worktree) {
    using database = new Database(join(home, ".local/share/opencode/opencode.db"), { readonly: true });
    const texts = database.query<{ text: string }, [string]>(
      `SELECT json_extract(part.data, '$.text') AS text FROM part
       JOIN message ON message.id = part.message_id JOIN session ON session.id = message.session_id
       WHERE session.directory = ? AND json_extract(message.data, '$.role') = 'user' AND json_extract(part.data, '$.type') = 'text'
       ORDER BY message.time_created`,
    );
    return texts.all(worktree).map(({ text }) => text);
  },

  qwen(home, worktree) {
    const rows = rowsOf(join(home, ".qwen/projects/*/chats/*.jsonl")).flat();
    const users = rows.filter(({ type, cwd }) => type === "user" && cwd === worktree);
    return users.map(({ message }) => {
      const { parts = [] } = (message ?? {}) as { readonly parts?: readonly { readonly text?: string }[] };
      return parts.map(({ text }) => text ?? "").join("");
    });
  },

  copilot(home, worktree) {
    const sessions = rowsOf(join(home, ".copilot/session-state/*/events.jsonl"));
    const own = sessions.filter(([first]) => first?.data?.context?.cwd === worktree).flat();
    return own.flatMap(({ type, data }) => (type === "user.message" ? [data?.content ?? ""] : []));
  },
};

/** The rows of each file, oldest file first. */
function rowsOf(files: string): Row[][] {
  return globSync(files)
    .sort()
    .map((file) =>
      readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Row),
    );
}
