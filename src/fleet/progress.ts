/** The steps of an agent's start that are worth a line. */
export type Step = "branch" | "files" | "clone" | "setup" | "agent" | "test" | "merge";

/** What an operation says while it runs. */
export type Progress =
  | {
      readonly kind: "step";
      readonly branch: string;
      readonly step: Step;
      readonly text: string;
      readonly seconds?: number;
    }
  | Present
  | { readonly kind: "warning" | "note"; readonly text: string };

/** What goes on at this moment, again each second: worth nothing afterwards. Without a text it is over. */
export interface Present {
  readonly kind: "present";
  readonly branch: string;
  readonly step: Step;
  readonly text: string | undefined;
}

export type Report = (progress: Progress) => void;
