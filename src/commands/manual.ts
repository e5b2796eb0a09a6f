/** Every text the program can say about itself. Rendered from the command definitions, at build time for a release. */
export interface Manual {
  /** What bare `fleet` prints. */
  readonly overview: string;
  /** What `fleet --help` prints: all commands by group. */
  readonly commands: string;
  /** The help of each command, by name and by alias: `create`, `ls`, `config show`. Look keys up with `Object.hasOwn`. */
  readonly help: Readonly<Record<string, string>>;
  /** What `fleet help exit-codes` and the like print. Look keys up with `Object.hasOwn`. */
  readonly topics: Readonly<Record<string, string>>;
  readonly completions: Readonly<Record<Shell, string>>;
  /** roff, for `man`, by the name of the file: `fleet.1`, `fleet-create.1`. */
  readonly manPages: Readonly<Record<string, string>>;
  /** Markdown: src/cli/REFERENCE.md. */
  readonly reference: string;
}

/** The shells that `fleet completions` knows. */
export const shells = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof shells)[number];
