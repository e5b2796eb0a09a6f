import { signal } from "@preact/signals";

/** The time, as coarse as spans of time are shown. */
export const now = signal(Date.now());

const tick = 5000;
setInterval(() => {
  if (document.visibilityState === "visible") now.value = Date.now();
}, tick);
