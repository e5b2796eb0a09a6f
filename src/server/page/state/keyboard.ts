import { answerByNumber, type Command, commands } from "./commands.ts";
import { dialog } from "./dialogs.ts";
import { letterKeys } from "./preferences.ts";

/** How long the second key of two may take. */
const patience = 1200;

let begun: { readonly key: string; readonly at: number } | undefined;

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** Lets the keyboard do what the table of commands says, but never what somebody types into a field or a terminal. */
export function listenToKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const command = commandOf(event);
    if (command === undefined) {
      if (
        !isTyping(event) &&
        isPlain(event) &&
        isOn() &&
        /^[1-9]$/.test(event.key) &&
        answerByNumber(Number(event.key))
      ) {
        event.preventDefault();
      }
      return;
    }
    event.preventDefault();
    command.run();
  });
}

/** The keys as they stand on the keyboard in front of the person: `⌘K`, `Ctrl K`, `g then c`. */
export function keysInWords(keys: string): string {
  return keys
    .replace("Mod+", isMac ? "⌘" : "Ctrl ")
    .replace(/\bk$/, (key) => (keys.startsWith("Mod") ? key.toUpperCase() : key))
    .replace("Escape", "Esc")
    .replace("Delete", isMac ? "⌦" : "Del");
}

function commandOf(event: KeyboardEvent): Command | undefined {
  const before = begun !== undefined && Date.now() - begun.at < patience ? `${begun.key} ` : "";
  begun = undefined;
  if (event.ctrlKey || event.metaKey) return named(`Mod+${event.key}`);
  if (event.key === "Escape") return commandOfEscape(event);
  if (isTyping(event) || !isOn()) return undefined;
  const command = named(before + event.key) ?? named(event.key);
  if (command === undefined && commands.some(({ keys }) => keys?.startsWith(`${event.key} `))) {
    begun = { key: event.key, at: Date.now() };
  }
  return command;
}

/** In a field Escape only leaves the field; a dialog closes by itself. */
function commandOfEscape(event: KeyboardEvent): Command | undefined {
  if (dialog.value !== undefined || inTerminal(event)) return undefined;
  if (isTyping(event)) {
    (event.target as HTMLElement).blur();
    return undefined;
  }
  return named("Escape");
}

function named(keys: string): Command | undefined {
  return commands.find((command) => command.keys === keys && command.can());
}

function isOn(): boolean {
  return letterKeys.value === "on" && dialog.value === undefined;
}

function isPlain(event: KeyboardEvent): boolean {
  return !event.ctrlKey && !event.metaKey && !event.altKey;
}

function inTerminal({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest("[data-terminal]") !== null;
}

/** A terminal has a hidden field for its keys, also while it takes none. */
function isTyping({ target }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("[data-terminal]") !== null) return true;
  return (
    target.closest("input:not([type=checkbox], [type=radio]), textarea:not(.xterm-helper-textarea), select") !== null
  );
}
