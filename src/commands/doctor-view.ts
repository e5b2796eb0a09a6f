import type { DoctorAnswer } from "../model/wire/doctor.ts";
import { aligned } from "../output/aligned.ts";
import { oneLine, wrapped } from "../output/text.ts";

type Check = DoctorAnswer["checks"][number];

const marks: Readonly<Record<Check["verdict"], string>> = { fine: "ok", advice: "-", trouble: "✗" };

/**
 * The lines of `fleet doctor`. In a file or a pipe each check is one line; on a terminal of so many columns what does not fit goes on
 * below, and a remedy that does not fit behind its finding has lines of its own.
 */
export function doctorLines(checks: readonly Check[], columns: number | undefined): string[] {
  if (columns === undefined) {
    return aligned(checks.map((check) => [...heading(check), oneLine(check.finding), oneLine(check.remedy ?? "")]));
  }
  const headings = aligned(checks.map(heading));
  const margin = Math.max(0, ...headings.map((line) => Bun.stringWidth(line))) + 2;
  return checks.flatMap((check, index) => {
    const texts = behindMargin(check, columns - margin);
    return texts.map((text, row) => {
      const before = row === 0 ? (headings[index] ?? "") : "";
      return `${before}${" ".repeat(margin - Bun.stringWidth(before))}${text}`;
    });
  });
}

function heading({ subject, verdict }: Check): string[] {
  return [marks[verdict], subject];
}

function behindMargin({ finding, remedy }: Check, width: number): string[] {
  const found = oneLine(finding);
  if (remedy === null) return wrapped(found, width);
  const both = `${found}: ${oneLine(remedy)}`;
  if (Bun.stringWidth(both) <= width) return [both];
  return [...wrapped(found, width), ...wrapped(oneLine(remedy), width)];
}
