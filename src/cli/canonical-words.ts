/** What `parseArgs` of node:util is given by citty. */
interface Words {
  readonly args: readonly string[];
  readonly options?: Readonly<Record<string, { readonly default?: unknown }>>;
}

/**
 * Does for citty what `parseArgs` of node:util does, for the one spelling in which a command line reaches it: `--NAME=VALUE` for each option,
 * then `--`, then the operands. Executables have this in its place, since loading that module takes as long as reading the registry of a
 * hundred agents.
 */
export function parseArgs({ args, options = {} }: Words) {
  const end = args.indexOf("--");
  const given = args.slice(0, end).map((word): [string, unknown] => {
    const equals = word.indexOf("=");
    return [word.slice(2, equals), word.slice(equals + 1)];
  });
  const defaults = Object.entries(options)
    .filter(([, option]) => option.default !== undefined)
    .map(([name, option]): [string, unknown] => [name, option.default]);
  return { values: Object.fromEntries([...defaults, ...given]), positionals: args.slice(end + 1) };
}
