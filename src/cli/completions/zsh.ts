import script from "./fleet.zsh" with { type: "text" };
import { fill, quoted } from "./template.ts";
import { type CommandNode, type CompletedOption, everyNode, type Offer, offeredEverywhere } from "./tree.ts";

/** The completion script of zsh: a function for each command, built on `_arguments` of zshcompsys(1). */
export function renderZsh(root: CommandNode): string {
  return fill(script, { functions: everyNode(root).flatMap(functionOf).slice(1) });
}

function functionOf(node: CommandNode): string[] {
  const body = node.children.length > 0 ? familyBody(node) : leafBody(node);
  return ["", `${functionName(node)}() {`, ...body.map((line) => `  ${line}`), "}"];
}

function leafBody(node: CommandNode): string[] {
  const operands = node.operands.map(({ label, required, variadic, offer }, index) => {
    const place = variadic ? "*" : `${index + 1}${required ? "" : ":"}`;
    return `${place}:${escaped(label)}:${action(offer)}`;
  });
  return argumentsCall("_arguments -s -S", [...optionSpecs(node), ...operands]);
}

function familyBody(node: CommandNode): string[] {
  const described = node.children.map((child) => quoted(`${child.words[0]}:${child.summary}`));
  const branches = node.children.map((child) => `${child.words.join(" | ")}) ${functionName(child)} ;;`);
  const [call = "", ...specs] = argumentsCall("_arguments -s -S -C", [
    ...optionSpecs(node),
    "(-)1: :->command",
    "(-)*:: :->arguments",
  ]);
  return [
    "local curcontext=$curcontext state state_descr line",
    "local -A opt_args",
    "local -a commands=(",
    ...described.map((line) => `  ${line}`),
    ")",
    call,
    ...specs.with(-1, `${specs.at(-1)} && return`),
    "case $state in",
    "command) _describe -t commands command commands ;;",
    "arguments)",
    "  case $line[1] in",
    ...branches.map((line) => `  ${line}`),
    "  esac",
    "  ;;",
    "esac",
  ];
}

function argumentsCall(command: string, specs: readonly string[]): string[] {
  return [command, ...specs.map((spec) => `  ${quoted(spec)}`)].map((line, index) =>
    index === specs.length ? line : `${line} \\`,
  );
}

/** Both spellings of every option, as specifications. */
function optionSpecs(node: CommandNode): string[] {
  return [...node.options, ...offeredEverywhere].flatMap((option) => {
    const { short, flag, value } = option;
    const takes = value === undefined ? "" : `:${escaped(value)}:${action(option.offer)}`;
    const spec = (spelling: string) => `${exclusion(option)}${spelling}[${escaped(option.description)}]${takes}`;
    const long = spec(value === undefined ? flag : `${flag}=`);
    return short === undefined ? [long] : [spec(value === undefined ? short : `${short}+`), long];
  });
}

/** An option is not offered again, under its other name neither, nor what cannot be given beside it. */
function exclusion({ short, flag, repeatable, excludedBy }: CompletedOption): string {
  const own = short === undefined || repeatable ? [] : [short, flag];
  const excluded = [...own, ...excludedBy];
  return `${excluded.length === 0 ? "" : `(${excluded.join(" ")})`}${repeatable ? "*" : ""}`;
}

function action(offer: Offer | undefined): string {
  if (typeof offer === "object") return `(${offer.join(" ")})`;
  if (offer === "files") return "_files";
  if (offer === "directories") return "_files -/";
  return offer === undefined ? " " : `__fleet_offer ${offer}`;
}

function functionName(node: CommandNode): string {
  return node.path === "" ? "_fleet" : `_fleet_${node.path.replaceAll(" ", "_")}`;
}

/** Text in which nothing ends a part of a specification. */
function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, "\\$&");
}
