import { isHostPattern } from "../model/network.ts";
import { cores, memoryBytes } from "../model/sandbox.ts";
import { budgetIn } from "./budgets.ts";
import { splitWords } from "./words.ts";

/** What a piece of text must be. */
export type TextForm =
  | "place"
  | "place or nothing"
  | "path in a repository"
  | "session prefix"
  | "tmux socket"
  | "agent name"
  | "revision"
  | "command"
  | "command or nothing"
  | "budget or nothing"
  | "memory size or nothing"
  | "size or nothing"
  | "cores or nothing"
  | "mount"
  | "model"
  | "host"
  | "address"
  | "person"
  | "address or nothing"
  | "image or nothing"
  | "host pattern"
  | "key prefix"
  | "ticket branch"
  | "variable name"
  | "text"
  | "word"
  | "ssh destination"
  | "host name";

const rules: Readonly<Record<TextForm, (text: string) => boolean>> = {
  place: isPlace,
  "place or nothing": (text) => text === "" || isPlace(text),
  "path in a repository": isPathInRepository,
  "session prefix": (text) => /^[A-Za-z0-9_-]{0,32}$/.test(text),
  "tmux socket": (text) => text === "" || isSocketName(text) || isAnchoredPlace(text),
  "agent name": isAgentName,
  revision: (text) => isWord(text) && !text.startsWith("-"),
  command: isCommand,
  "command or nothing": (text) => text === "" || isCommand(text),
  "budget or nothing": (text) => text.trim() === "" || budgetIn(text) !== undefined,
  "memory size or nothing": (text) => text === "" || memoryBytes(text) !== undefined,
  "size or nothing": (text) => text === "" || memoryBytes(text) !== undefined,
  "cores or nothing": (text) => text === "" || cores(text) !== undefined,
  mount: (text) => isAnchoredPlace(text.replace(/:r[ow]$/, "")) && !text.replace(/:r[ow]$/, "").includes(":"),
  model: isLine,
  host: (text) => /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?$/.test(text),
  address: isAddress,
  person: (text) => /^(?:github|github-app):\d{1,15}$|^(?:linear|jira):[\w:.-]{1,128}$/.test(text),
  "host pattern": isHostPattern,
  "image or nothing": (text) => text === "" || /^[a-z0-9][\w./:@-]{0,500}$/.test(text),
  "address or nothing": (text) => text === "" || isAddress(text),
  "key prefix": (text) => /^[A-Za-z][A-Za-z0-9_]{0,19}$/.test(text),
  "ticket branch": (text) => isWord(text) && !text.startsWith("-") && /\{(?:key|number)\}/.test(text),
  "variable name": isVariableName,
  text: (text) => !text.includes("\0"),
  word: isWord,
  "ssh destination": isSshDestination,
  "host name": isHostName,
};

/** Whether a text is what the form says. */
export function hasForm(form: TextForm, text: string): boolean {
  return rules[form](text);
}

function isCommand(text: string): boolean {
  return text.trim() !== "" && !text.includes("\0");
}

/** Secrets go there: nothing that could be read on the way but on this machine. */
function isAddress(text: string): boolean {
  const { protocol, hostname, username, search, hash } = URL.parse(text) ?? {};
  const isHere = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  return (
    isWord(text) && (protocol === "https:" || (protocol === "http:" && isHere)) && `${username}${search}${hash}` === ""
  );
}

/** A path that `expandPath` understands: of all variables it knows `$HOME` alone, and no home but the user's own. */
function isPlace(text: string): boolean {
  return isLine(text) && !/^(?:~[^/]|\$(?!(?:HOME|\{HOME\})(?:\/|$)))/.test(text);
}

/** A place that means the same wherever the fleet's home is. */
export function isAnchoredPlace(text: string): boolean {
  return isPlace(text) && /^(?:\/|~\/|\$HOME\/|\$\{HOME\}\/)/.test(text);
}

/** `:` and `,` are what `fanout --agent claude:2,codex` is split at. */
export function isAgentName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/** Before a colon it tells agents of a host from others: `gpu1:fix-42`. */
export function isHostName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/** What is typed after `ssh`: options, then a destination. */
function isSshDestination(text: string): boolean {
  const destination = isLine(text) ? splitWords(text)?.at(-1) : undefined;
  return destination !== undefined && destination !== "" && !destination.startsWith("-");
}

/** Names that a shell can assign to, too. */
export function isVariableName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

/** Whether `splitWords` can make arguments of a line. */
export function isFlagsLine(text: string): boolean {
  return !text.includes("\0") && splitWords(text) !== undefined;
}

/** Copying into a worktree must neither leave it nor touch git's own files. */
function isPathInRepository(text: string): boolean {
  if (!isLine(text) || /^(?:\/|~\/|~$)/.test(text)) return false;
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length > 0 && parts.every((part) => part !== ".." && part.toLowerCase() !== ".git");
}

function isSocketName(text: string): boolean {
  return isWord(text) && !text.includes("/") && !/^[.~$-]/.test(text);
}

function isWord(text: string): boolean {
  return isLine(text) && !/\s/.test(text);
}

function isLine(text: string): boolean {
  return text.trim() !== "" && !/\p{Cc}/u.test(text);
}
