import script from "./fleet.fish" with { type: "text" };
import { fill } from "./template.ts";
import { type CommandNode, type CompletedOption, everyNode, type Offer, offeredEverywhere } from "./tree.ts";

/** The completion script of fish: a program that finds the command on the line, and a `complete` for each word and option. */
export function renderFish(root: CommandNode): string {
  const nodes = everyNode(root);
  const steps = nodes.flatMap(({ path, children }) =>
    children.flatMap((child) => child.words.map((word) => ({ name: `${path}>${word}`, command: child.path }))),
  );
  const valued = [
    ...offeredEverywhere.flatMap(valuedSpellings),
    ...nodes.flatMap(({ path, options }) => options.flatMap(valuedSpellings).map((spelling) => `${path} ${spelling}`)),
  ];
  return fill(script, {
    names: steps.map(({ name }) => quoted(name)),
    commands: steps.map(({ command }) => quoted(command)),
    valued: valued.map(quoted),
    completions: [...offeredEverywhere.map((option) => complete(optionWords(option))), ...nodes.flatMap(completionsOf)],
  });
}

function completionsOf({ path, options, operands, children }: CommandNode): string[] {
  const at = `__fleet_at ${quoted(path)}`;
  return [
    ...children.map((child) =>
      complete([`-n ${quoted(`${at} 0 0`)}`, `-a ${quoted(child.words[0])}`, `-d ${quoted(child.summary)}`]),
    ),
    ...operands.flatMap(({ offer, variadic }, index) => {
      const range = variadic ? `${index}` : `${index} ${index}`;
      return offer === undefined ? [] : [complete([`-n ${quoted(`${at} ${range}`)}`, ...offered(offer)])];
    }),
    ...options.map((option) => complete([`-n ${quoted(at + withoutOthers(option))}`, ...optionWords(option)])),
  ];
}

function withoutOthers({ excludedBy }: CompletedOption): string {
  return excludedBy.length === 0 ? "" : `; and not __fleet_given ${excludedBy.join(" ")}`;
}

function optionWords(option: CompletedOption): string[] {
  return [
    ...(option.short === undefined ? [] : [`-s ${option.short.slice(1)}`]),
    `-l ${option.flag.slice(2)}`,
    ...(option.value === undefined ? [] : [option.offer === "files" ? "-r" : "-x", ...offered(option.offer)]),
    `-d ${quoted(option.description)}`,
  ];
}

/** Files are not offered anywhere (`complete -f`) but where `-F` says so. */
function offered(offer: Offer | undefined): string[] {
  if (offer === undefined) return [];
  if (typeof offer === "object") return [`-a ${quoted(offer.join(" "))}`];
  if (offer === "files") return ["-F"];
  if (offer === "directories") return ["-a '(__fish_complete_directories (commandline -ct))'"];
  return [`-a '(__fleet_offer ${offer})'`];
}

function valuedSpellings({ short, flag, value }: CompletedOption): string[] {
  if (value === undefined) return [];
  return short === undefined ? [flag] : [short, flag];
}

function complete(words: readonly string[]): string {
  return `complete -c fleet ${words.join(" ")}`;
}

/** Text as one word of fish, in which nothing is expanded. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
