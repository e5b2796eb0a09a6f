import { FleetError } from "../../errors.ts";

/** One thing that was looked at. */
export interface Examination {
  readonly subject: string;
  /** `advice` is what a user may want to know or change, `trouble` what does not work. */
  readonly verdict: "fine" | "advice" | "trouble";
  readonly finding: string;
  /** How to mend it. */
  readonly remedy: string | undefined;
}

/** What a look finds that throws FleetError where something does not work; its message is the finding then. */
export async function examined(subject: string, examine: () => Promise<string>): Promise<Examination> {
  try {
    return { subject, verdict: "fine", finding: await examine(), remedy: undefined };
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return { subject, verdict: "trouble", finding: error.message, remedy: undefined };
  }
}
