import script from "./fleet.bash" with { type: "text" };
import { fill, quoted } from "./template.ts";
import { type CommandNode, type CompletedOption, everyNode, type Offer, offeredEverywhere } from "./tree.ts";

/** The completion script of bash: a program that is always the same, and what it has to know of the commands as `case` branches. */
export function renderBash(root: CommandNode): string {
  const nodes = everyNode(root);
  return fill(script, {
    commands: nodes.flatMap(({ path, children }) =>
      children.map(({ path: to, words }) =>
        branch(
          words.map((word) => quoted(`${path}>${word}`)),
          `path=${quoted(to)}`,
        ),
      ),
    ),
    values: [
      ...offeredEverywhere.flatMap((option) => valueBranch(option, (spelling) => `*${quoted(` ${spelling}`)}`)),
      ...nodes.flatMap(({ path, options }) =>
        options.flatMap((option) => valueBranch(option, (spelling) => quoted(`${path} ${spelling}`))),
      ),
    ],
    excluded: nodes.flatMap(({ path, options }) => exclusionBranches(path, options)),
    operands: nodes.flatMap(operandBranches),
    options: nodes.map(({ path, options }) =>
      branch([quoted(path)], offer([...options, ...offeredEverywhere].map((option) => option.flag))),
    ),
  });
}

function valueBranch(option: CompletedOption, pattern: (spelling: string) => string): string[] {
  if (option.value === undefined) return [];
  const spellings = option.short === undefined ? [option.flag] : [option.short, option.flag];
  return [branch(spellings.map(pattern), offer(option.offer))];
}

/** What is not offered any more behind an option. */
function exclusionBranches(path: string, options: readonly CompletedOption[]): string[] {
  const pairs = options.flatMap(({ flag, excludedBy }) => excludedBy.map((spelling) => ({ spelling, flag })));
  return [...Map.groupBy(pairs, ({ spelling }) => spelling)].map(([spelling, hidden]) =>
    branch([quoted(`${path} ${spelling}`)], `excluded+=${quoted(` ${hidden.map(({ flag }) => flag).join(" ")}`)}`),
  );
}

/** The sub-commands of a node are its first operand. */
function operandBranches({ path, operands, children }: CommandNode): string[] {
  if (children.length > 0) return [branch([quoted(`${path} 0`)], offer(children.map((child) => child.words[0])))];
  return operands.map((operand, index) =>
    branch([operand.variadic ? `${quoted(`${path} `)}*` : quoted(`${path} ${index}`)], offer(operand.offer)),
  );
}

function branch(patterns: readonly string[], statement: string): string {
  return `${patterns.join(" | ")}) ${statement} ;;`;
}

/** Words are told from the name of what `fleet __complete` prints by the sign before them. */
function offer(words: Offer | undefined): string {
  const text = typeof words === "object" ? `= ${words.join(" ")}` : (words ?? "");
  return `offer=${quoted(text)}`;
}
