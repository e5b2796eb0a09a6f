import type { Application } from "../application.ts";

/** Says how the first host is made known. */
export function noteNoHosts({ narration }: Application): void {
  narration.note("no hosts yet; to add one, run fleet hosts add NAME SSH-DESTINATION");
}
