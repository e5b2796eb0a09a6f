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
  | { readonly kind: "warning" | "note"; readonly text: string };

export type Report = (progress: Progress) => void;
