import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { access } from "../connection/session.ts";
import { agentsById, inNeed } from "../state/agents.ts";
import { dialog } from "../state/dialogs.ts";
import { type Route, route } from "../state/route.ts";
import { oneLine } from "../words.ts";
import { ActivityPage } from "./activity-page.tsx";
import { AgentList } from "./agent-list.tsx";
import { AgentPage } from "./agent-page.tsx";
import { Boundary } from "./boundary.tsx";
import { BudgetDialog } from "./budget-dialog.tsx";
import { ComparePage } from "./compare-page.tsx";
import { ConnectionBar, NoAccess } from "./conditions.tsx";
import { CostPage } from "./cost-page.tsx";
import { Header, Tabs } from "./header.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { KillDialog } from "./kill-dialog.tsx";
import { NewDialog } from "./new-dialog.tsx";
import { OverlapPage } from "./overlap-page.tsx";
import { Overview } from "./overview.tsx";
import { Palette } from "./palette.tsx";
import { PromptDialog } from "./prompt-dialog.tsx";
import { MergeDialog, PickDialog, PullRequestDialog } from "./settle-dialogs.tsx";
import { TicketsPage } from "./tickets-page.tsx";
import { Toasts } from "./toasts.tsx";

/** All of the page. */
export function Page() {
  useEffect(() => effect(titleTheTab), []);
  useEffect(() => goWithTheRoute(), []);
  if (access.value === "none") return <NoAccess />;
  return (
    <div class="page" data-at={route.value.at}>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the content
      </button>
      <Header />
      <ConnectionBar />
      <div class="columns">
        <AgentList />
        <main id="main" tabIndex={-1}>
          <Boundary key={route.value.at === "agent" ? route.value.id : route.value.at}>
            <Content />
          </Boundary>
        </main>
      </div>
      <Tabs />
      <Toasts />
      <OpenDialog />
    </div>
  );
}

function Content() {
  const { value } = route;
  switch (value.at) {
    case "agent":
      return <AgentPage key={value.id} id={value.id} tab={value.tab} />;
    case "compare":
      return <ComparePage key={value.targets.join(" ")} repo={value.repo} targets={value.targets} />;
    case "overlap":
      return <OverlapPage key={[value.repo, ...value.targets].join(" ")} repo={value.repo} targets={value.targets} />;
    case "tickets":
      return <TicketsPage />;
    case "cost":
      return <CostPage />;
    case "activity":
      return <ActivityPage />;
    default:
      return <Overview />;
  }
}

function OpenDialog() {
  const open = dialog.value;
  switch (open?.is) {
    case "palette":
      return <Palette />;
    case "help":
      return <HelpDialog />;
    case "new":
      return <NewDialog kind={open.kind} />;
    case "prompt":
      return <PromptDialog agents={open.agents} />;
    case "kill":
      return <KillDialog agents={open.agents} />;
    case "budget":
      return <BudgetDialog agents={open.agents} />;
    case "merge":
      return <MergeDialog what={open.what} />;
    case "pick":
      return <PickDialog what={open.what} />;
    case "pr":
      return <PullRequestDialog what={open.what} />;
    default:
      return null;
  }
}

/** How many need the user stands in the title, where it is seen from another tab, and what is open, for who goes back. */
function titleTheTab(): void {
  const count = inNeed.value.length;
  const name = nameOf(route.value);
  document.title = `${count === 0 ? "" : `(${count}) `}${name === undefined ? "" : `${name} · `}Fleet`;
}

function nameOf(to: Route): string | undefined {
  if (to.at === "home") return undefined;
  if (to.at === "agent") return oneLine(agentsById.value.get(to.id)?.branch ?? "an agent");
  return `${to.at.slice(0, 1).toUpperCase()}${to.at.slice(1)}`;
}

/**
 * Puts the keyboard into what was opened where it would be nowhere: what opened it is gone, or was a key. A row of the list keeps it, for
 * the next one. Returns what ends that.
 */
function goWithTheRoute(): () => void {
  const go = () =>
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
    });
  addEventListener("hashchange", go);
  return () => removeEventListener("hashchange", go);
}
