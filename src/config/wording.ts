import { durationText } from "./durations.ts";
import type { TextForm } from "./forms.ts";
import type { OptionsKind, ValueKind } from "./kinds.ts";

const forms: Readonly<Record<TextForm, string>> = {
  place: "a path (absolute, from ~ or $HOME, or relative to the directory of config.toml)",
  "place or nothing": 'a path (absolute, from ~ or $HOME, or relative to the directory of config.toml) or ""',
  "path in a repository": "a path inside the repository, outside of .git",
  "session prefix": 'at most 32 letters, digits, "_" and "-"',
  "tmux socket": 'the name of a tmux server (no "/"), an absolute path, or ""',
  "agent name": 'the name of an agent (letters, digits, ".", "_" and "-")',
  revision: "a branch, tag or commit",
  command: "a command",
  person: 'the id of a person, such as "github:583231"',
  address: "an address that starts with https://",
  "host pattern": 'the name of a host, such as "api.example.com", "*.example.com" or "example.com:8443"',
  "image or nothing": 'the name of an image such as docker.io/library/node:24, or ""',
  "address or nothing": 'an address that starts with https://, or ""',
  "key prefix": "what keys start with, such as ENG",
  "ticket branch": 'the name of a branch with {key} or {number} in it, such as "{key}-{slug}"',
  "variable name": "the name of an environment variable",
  text: "text",
  host: "the name of a host, with its port where it has one, such as github.example.com",
  "budget or nothing": 'an amount of money or tokens, such as "5 USD" or "2M tokens", or ""',
  "size or nothing": 'a size such as "500M" or "10G", or ""',
  "memory size or nothing": 'an amount of memory such as "512M" or "4G", or ""',
  "cores or nothing": 'a number of cores such as "2" or "0.5", or ""',
  mount: "an absolute path or one from ~, with :rw behind it to be writable",
  model: "the name of a model",
  "command or nothing": 'a command or ""',
  word: "one word without blanks",
  "ssh destination": 'what you type after ssh, such as "me@gpu1" or "-p 2222 me@gpu1"',
  "host name": 'a name for a host (letters, digits, ".", "_" and "-")',
};

const lists: Readonly<Partial<Record<TextForm, string>>> = {
  command: "a list of commands",
  word: "a list of words without blanks",
  "variable name": "a list of names of environment variables",
  mount: "a list of absolute paths or such from ~, with :rw behind those to be writable",
  host: "a list of hosts, such as github.example.com",
  person: 'a list of people by their ids, such as "github:583231"',
  "key prefix": "a list of what keys start with, such as ENG",
};

/** The value that a key of this kind takes, as the object of "expected". */
export function expectedValue(kind: ValueKind): string {
  switch (kind.type) {
    case "text":
      return expectedText(kind.form);
    case "list":
      return lists[kind.form] ?? "a list of paths inside the repository";
    case "flags":
      return "a line of flags with every quote closed, or a list of words";
    case "boolean":
      return "true or false";
    case "count":
      return `a whole number from ${kind.minimum} to ${kind.maximum}`;
    case "duration":
      return `a duration such as "15m" or "1h30m", or a number of seconds, from ${durationText(kind.minimum)} to ${durationText(kind.maximum)}`;
    case "price":
      return "a price in US dollars for a million tokens";
    case "choice":
      return `one of ${quotedChoices(kind.choices)}`;
    case "choices":
      return `a list of ${quotedChoices(kind.choices)}`;
    case "variables":
      return "a table of environment variables";
    case "options":
      return 'a table of options, such as { partition = "gpu", cpus = 4 }';
  }
}

/** The name that an option of this kind has, as the object of "expected". */
export function expectedOption({ only }: OptionsKind): string {
  return only === undefined ? "the name of an option" : `one of ${only.join(", ")}`;
}

/** The text that a key of this form takes, as the object of "expected". */
export function expectedText(form: TextForm): string {
  return forms[form];
}

/** The value that was found instead, short enough for one line. */
export function foundValue(value: unknown): string {
  if (typeof value === "string" || Array.isArray(value)) return shortened(JSON.stringify(value));
  if (value === undefined) return "nothing";
  if (value instanceof Date) return "a date";
  return typeof value === "object" ? "a table" : String(value);
}

/** `[repo."~/code/api"]`: a table as its heading is written. */
export function tableHeading(path: readonly string[]): string {
  if (path.join(".") === "webhooks.rules") return "[[webhooks.rules]]";
  return `[${path.map((name) => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name))).join(".")}]`;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function quotedChoices(choices: readonly string[]): string {
  return choices.map((choice) => JSON.stringify(choice)).join(", ");
}
