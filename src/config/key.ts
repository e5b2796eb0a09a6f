import type { ValueKind } from "./kinds.ts";
import type { RawValue } from "./toml.ts";

/** One key of the configuration file. */
export interface Key<Kind extends ValueKind = ValueKind> {
  readonly kind: Kind;
  /** As written in the file. */
  readonly default: RawValue | undefined;
  /** A value that makes sense to a reader who has never seen the key. */
  readonly example: RawValue;
  /** One line, a sentence without its full stop. */
  readonly purpose: string;
  /** Its table means nothing without it. */
  readonly needed?: true;
}
