import { computed, signal } from "@preact/signals";

export const agentTabs = ["talk", "terminal", "diff", "about"] as const;
export type AgentTab = (typeof agentTabs)[number];

export type Route =
  | { readonly at: "home" | "cost" | "tickets" | "activity" }
  | { readonly at: "agent"; readonly id: string; readonly tab: AgentTab }
  | { readonly at: "compare" | "overlap"; readonly repo: string; readonly targets: readonly string[] };

const fragment = signal(location.hash);
addEventListener("hashchange", () => {
  fragment.value = location.hash;
});

/** What is open, as the fragment of the address says it: the server never hears of it. */
export const route = computed(() => parse(fragment.value));

/** The address of what can be opened, for links. */
export function address(to: Route): string {
  switch (to.at) {
    case "home":
      return "#/";
    case "agent":
      return `#/agent/${to.id}${to.tab === "talk" ? "" : `/${to.tab}`}`;
    case "compare":
    case "overlap":
      return `#/${to.at}/${[to.repo, ...to.targets].map(encodeURIComponent).join("/")}`;
    default:
      return `#/${to.at}`;
  }
}

/** Opens a view, whose address the browser then has. */
export function open(to: Route): void {
  location.hash = address(to);
}

function parse(hash: string): Route {
  const [at = "", ...rest] = hash.replace(/^#\/?/, "").split("/");
  if (at === "agent" && rest[0] !== undefined) {
    return { at, id: rest[0], tab: agentTabs.find((tab) => tab === rest[1]) ?? "talk" };
  }
  if (at === "compare" || at === "overlap") {
    const [repo = "", ...targets] = rest.map(decoded);
    return { at, repo, targets };
  }
  return at === "cost" || at === "tickets" || at === "activity" ? { at } : { at: "home" };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
