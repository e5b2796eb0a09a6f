import { examine } from "../fleet/doctor/doctor.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { DoctorAnswer } from "../model/wire/doctor.ts";

/** Says what a report of a fault needs, in Markdown, without secrets and names. Nothing is changed. */
export async function doctorReport(fleet: Fleet): Promise<{ readonly report: string }> {
  const { faultReport } = await import("../fleet/doctor/report.ts");
  return { report: await faultReport(fleet) };
}

/** Says what works here and how to fix what does not. Nothing is changed. */
export async function doctor(fleet: Fleet): Promise<DoctorAnswer> {
  const checks = await examine(fleet);
  return {
    checks: checks.map(({ subject, verdict, finding, remedy }) => ({
      subject,
      verdict,
      finding,
      remedy: remedy ?? null,
    })),
  };
}
