import type { Fleet } from "../fleet/fleet.ts";
import type { MetricsAnswer } from "../model/wire/metrics.ts";

/** Says what all agents do and use, in the text format of Prometheus. */
export async function metrics(fleet: Fleet): Promise<MetricsAnswer> {
  const { metricsText } = await import("../fleet/cost/metrics.ts");
  return { metrics: await metricsText(fleet) };
}
