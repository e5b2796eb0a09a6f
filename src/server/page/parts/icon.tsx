const paths = {
  plus: "M8 3v10M3 8h10",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.700 10.700 14 14",
  close: "m4 4 8 8m0-8-8 8",
  back: "M10 3 5 8l5 5",
  next: "m6 3 5 5-5 5",
  help: "M6 6a2 2 0 1 1 2.700 1.900c-.5.200-.700.600-.700 1.100v.500M8 12v.010",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1",
  moon: "M13.500 9.800A6 6 0 0 1 6.200 2.500a6 6 0 1 0 7.300 7.300z",
  system: "M2 3h12v8H2zM6 14h4M8 11v3",
  send: "M8 13V3M4 7l4-4 4 4",
  more: "M3 8h.010M8 8h.010M13 8h.010",
  fleet: "M2 4h12M2 8h12M2 12h8",
  cost: "M8 2v12M11 4.500C10.500 3.500 9.500 3 8 3 6 3 5 4 5 5.300 5 8.800 11.200 7 11.200 10.500 11.200 12 10 13 8 13s-3-.800-3.400-2",
  ticket: "M2 4h12v2.500a1.500 1.500 0 0 0 0 3V12H2V9.500a1.500 1.500 0 0 0 0-3zM9.500 4v8",
  activity: "M1 8h3l2-5 4 10 2-5h3",
  check: "m3 8.500 3.500 3.500L13 5",
  branch:
    "M5 11a1.700 1.700 0 1 0 0 3.400A1.700 1.700 0 0 0 5 11zM5 1.600A1.700 1.700 0 1 0 5 5a1.700 1.700 0 0 0 0-3.400zM11 3.600A1.700 1.700 0 1 0 11 7a1.700 1.700 0 0 0 0-3.400zM5 5v6M11 7c0 3-6 1.500-6 4",
  tool: "m5 5-3 3 3 3M11 5l3 3-3 3",
  terminal: "M2 3h12v10H2zM5 6l2 2-2 2M9 10h2",
} as const;

export type IconName = keyof typeof paths;

/** A line drawing of the size of a letter; it says nothing to who cannot see it, so the words stand beside it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
