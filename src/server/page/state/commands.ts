import { connection, retryNow } from "../connection/events.ts";
import { role } from "../connection/session.ts";
import {
  answerAgent,
  compareAgents,
  interruptAgents,
  killAgents,
  named,
  openNextInNeed,
  restoreLast,
  resumeAgents,
  showOverlap,
  stopAgents,
} from "./actions.ts";
import { inNeed, ordered, questionOf } from "./agents.ts";
import { current, focused, keyboardWanted, listed, meant, opened, tick, ticked, tickOnly } from "./chosen.ts";
import { close, dialog, type Settled, show } from "./dialogs.ts";
import { hasEnded } from "./ended.ts";
import { wantNotices } from "./notify.ts";
import { grouping, notices, theme } from "./preferences.ts";
import { testAgents } from "./review.ts";
import { type AgentTab, agentTabs, open, route } from "./route.ts";
import { can } from "./server.ts";

/** Something that a person can do with the keyboard, and from the palette. */
export interface Command {
  readonly title: string;
  readonly group: "Go to" | "Agents" | "List" | "Page";
  /** As `KeyboardEvent.key` names it; several after one another are separated by spaces; `Mod` is Ctrl, or Command on a Mac. */
  readonly keys?: string;
  /** It is done to the agents that are meant. */
  readonly onMeant?: true;
  /** The palette leaves out what only the keyboard needs. */
  readonly isListed?: false;
  /** Whether it makes sense at this moment. */
  readonly can: () => boolean;
  readonly run: () => void;
}

const always = () => true;
const someMeant = (row: string) => () => can(row) && meant.value.length > 0;

/** A branch of one repository cannot go into another. */
const someOfOneRepository = (row: string) => () => can(row) && new Set(meant.value.map(({ repo }) => repo)).size === 1;

/** All of it: the keyboard, the palette and the help read the same table. */
export const commands: readonly Command[] = [
  {
    title: "Next agent that needs you",
    group: "Go to",
    keys: "n",
    can: () => inNeed.value.length > 0,
    run: openNextInNeed,
  },
  { title: "All agents", group: "Go to", keys: "g h", can: always, run: () => open({ at: "home" }) },
  { title: "Tickets", group: "Go to", keys: "g t", can: () => can("tickets"), run: () => open({ at: "tickets" }) },
  { title: "Cost and budgets", group: "Go to", keys: "g c", can: () => can("cost"), run: () => open({ at: "cost" }) },
  {
    title: "Activity: what was done here, and what was killed lately",
    group: "Go to",
    keys: "g a",
    can: always,
    run: () => open({ at: "activity" }),
  },
  {
    title: "Conversation",
    group: "Go to",
    keys: "l",
    can: () => current.value !== undefined,
    run: () => openTab("talk"),
  },
  {
    title: "Terminal",
    group: "Go to",
    keys: "t",
    can: () => current.value !== undefined,
    run: () => openTab("terminal"),
  },
  { title: "Changes", group: "Go to", keys: "d", can: () => current.value !== undefined, run: () => openTab("diff") },
  { title: "Details", group: "Go to", keys: "o", can: () => current.value !== undefined, run: () => openTab("about") },
  {
    title: "Next view of this agent",
    group: "Go to",
    keys: "]",
    can: () => opened.value !== undefined,
    run: () => turnTab(1),
  },
  { title: "View before", group: "Go to", keys: "[", can: () => opened.value !== undefined, run: () => turnTab(-1) },

  {
    title: "New agent",
    group: "Agents",
    keys: "c",
    can: () => can("create"),
    run: () => show({ is: "new", kind: "one" }),
  },
  {
    title: "Fan out: several attempts at one task",
    group: "Agents",
    keys: "f",
    can: () => can("create"),
    run: () => show({ is: "new", kind: "fanout" }),
  },
  {
    title: "New agents, a task each",
    group: "Agents",
    keys: "F",
    can: () => can("create"),
    run: () => show({ is: "new", kind: "several" }),
  },
  { title: "New agents for tickets", group: "Agents", keys: "#", can: () => can("ticket"), run: startFromTicket },
  { title: "Send a prompt", group: "Agents", onMeant: true, keys: "p", can: someMeant("prompt"), run: promptMeant },
  {
    title: "Interrupt the turn",
    group: "Agents",
    onMeant: true,
    keys: "i",
    can: someMeant("interrupt"),
    run: () => void interruptAgents(meant.value),
  },
  {
    title: "Stop, keep worktree and branch",
    group: "Agents",
    onMeant: true,
    keys: "s",
    can: someMeant("stop"),
    run: () => void stopAgents(meant.value),
  },
  {
    title: "Resume",
    group: "Agents",
    onMeant: true,
    keys: "r",
    can: () => someMeant("resume")() && meant.value.some(hasEnded),
    run: () => void resumeAgents(meant.value),
  },
  {
    title: "Set or raise a budget",
    group: "Agents",
    onMeant: true,
    keys: "B",
    can: someOfOneRepository("budget"),
    run: () => show({ is: "budget", agents: meant.value }),
  },
  {
    title: "Take the keyboard of the terminal",
    group: "Agents",
    keys: "y",
    can: () => current.value !== undefined && role.value === "owner",
    run: takeKeyboard,
  },
  {
    title: "Compare attempts",
    group: "Agents",
    onMeant: true,
    keys: "v",
    can: someMeant("compare"),
    run: () => compareAgents(meant.value),
  },
  {
    title: "Overlap: who gets in whose way",
    group: "Agents",
    keys: "V",
    can: () => can("overlap") && ordered.value.length > 1,
    run: () => showOverlap(meant.value),
  },
  {
    title: "Run the tests",
    group: "Agents",
    onMeant: true,
    keys: "T",
    can: someOfOneRepository("test"),
    run: () => void testAgents(settledByMeant()),
  },
  {
    title: "Merge",
    group: "Agents",
    onMeant: true,
    keys: "m",
    can: someOfOneRepository("merge"),
    run: () => show({ is: "merge", what: settledByMeant() }),
  },
  {
    title: "Open a pull request",
    group: "Agents",
    onMeant: true,
    keys: "P",
    can: someOfOneRepository("pr"),
    run: () => show({ is: "pr", what: settledByMeant() }),
  },
  {
    title: "Pick as the winner of its batch",
    group: "Agents",
    onMeant: true,
    keys: "w",
    can: () => someOfOneRepository("pick")() && meant.value.length === 1,
    run: () => show({ is: "pick", what: settledByMeant() }),
  },
  {
    title: "Kill",
    group: "Agents",
    onMeant: true,
    keys: "Delete",
    can: someMeant("kill"),
    run: () => void killAgents(meant.value),
  },
  { title: "Undo the last kill", group: "Agents", keys: "u", can: () => can("restore"), run: () => void restoreLast() },

  { title: "Row below", group: "List", keys: "j", can: always, isListed: false, run: () => moveFocus(1) },
  { title: "Row above", group: "List", keys: "k", can: always, isListed: false, run: () => moveFocus(-1) },
  {
    title: "Tick",
    group: "List",
    keys: "x",
    can: () => current.value !== undefined,
    run: () => tick(current.value?.id ?? ""),
  },
  {
    title: "Tick all that are listed",
    group: "List",
    keys: "X",
    can: () => listed.value.length > 0,
    run: () => tickOnly(listed.value),
  },
  { title: "Untick all", group: "List", can: () => ticked.value.size > 0, run: () => tickOnly([]) },
  { title: "Tick the batch", group: "List", keys: "b", can: () => current.value !== undefined, run: tickBatch },
  { title: "Filter", group: "List", keys: "/", can: always, run: focusFilter },
  {
    title: "Group by batch, or by need",
    group: "List",
    keys: "G",
    can: always,
    run: () => (grouping.value = grouping.value === "need" ? "batch" : "need"),
  },

  {
    title: "Find an agent or a command",
    group: "Page",
    keys: "Mod+k",
    can: always,
    isListed: false,
    run: () => show({ is: "palette" }),
  },
  {
    title: "Tell me when an agent needs me, or no more",
    group: "Page",
    can: () => "Notification" in globalThis,
    run: () => void wantNotices(notices.value === "off"),
  },
  { title: "Try to connect now", group: "Page", can: () => connection.value.is === "lost", run: retryNow },
  { title: "Keys", group: "Page", keys: "?", can: always, run: () => show({ is: "help" }) },
  { title: "Light, dark, or as the system", group: "Page", keys: ".", can: always, run: turnTheme },
  { title: "Back", group: "Page", keys: "Escape", can: always, isListed: false, run: goBack },
];

function settledByMeant(): Settled {
  return { repo: meant.value[0]?.repo ?? "", branches: meant.value.map(({ branch }) => branch) };
}

/** Answers the question of the current agent with the choice of this number. Says whether there was one. */
export function answerByNumber(number: number): boolean {
  const agent = current.value ?? (inNeed.value.length === 1 ? inNeed.value[0] : undefined);
  const choice = agent && questionOf(agent)?.choices[number - 1];
  if (agent === undefined || choice === undefined || !can("answer")) return false;
  void answerAgent(agent, choice);
  return true;
}

/** The other looks, one after another. */
export function turnTheme(): void {
  const order = ["system", "light", "dark"] as const;
  theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? "system";
}

/** The agents in the order in which their rows stand on the page. */
function rows(): readonly string[] {
  return [...document.querySelectorAll<HTMLElement>("[data-row]")].map((row) => row.dataset.row ?? "");
}

function moveFocus(step: number): void {
  const ids = rows();
  const at = ids.indexOf(focused.value ?? opened.value?.id ?? "");
  const next = at < 0 ? ids[step > 0 ? 0 : ids.length - 1] : ids[Math.min(ids.length - 1, Math.max(0, at + step))];
  if (next === undefined) return;
  focused.value = next;
  document.querySelector<HTMLElement>(`[data-row="${CSS.escape(next)}"]`)?.focus();
}

function openTab(tab: AgentTab): void {
  const id = current.value?.id;
  if (id !== undefined) open({ at: "agent", id, tab });
}

function takeKeyboard(): void {
  keyboardWanted.value = current.value?.id;
  openTab("terminal");
}

function turnTab(step: number): void {
  if (route.value.at !== "agent") return;
  const next = agentTabs[(agentTabs.indexOf(route.value.tab) + step + agentTabs.length) % agentTabs.length];
  if (next !== undefined) openTab(next);
}

function promptMeant(): void {
  const composer = document.querySelector<HTMLTextAreaElement>("[data-composer]");
  if (ticked.value.size === 0 && opened.value !== undefined && composer !== null) composer.focus();
  else show({ is: "prompt", agents: meant.value });
}

function tickBatch(): void {
  const agent = current.value;
  if (agent === undefined) return;
  tickOnly(listed.value.filter(({ repo, batch_id }) => repo === agent.repo && batch_id === agent.batch_id));
}

function focusFilter(): void {
  if (route.value.at !== "home" && !matchMedia("(min-width: 60rem)").matches) open({ at: "home" });
  focusField("[data-filter]");
}

function startFromTicket(): void {
  open({ at: "tickets" });
  focusField("[data-ticket]");
}

/** Puts the keyboard into a field, which may have to be drawn first. */
function focusField(selector: string): void {
  const focus = () => document.querySelector<HTMLInputElement>(selector)?.focus();
  focus();
  requestAnimationFrame(() => requestAnimationFrame(focus));
}

/** One step out: of the dialog, of what is ticked, of what is open. */
function goBack(): void {
  if (dialog.value !== undefined) close();
  else if (ticked.value.size > 0) ticked.value = new Set();
  else open({ at: "home" });
}

/** What the actions of the moment are about, in words. */
export function meantInWords(): string {
  const agents = meant.value;
  return agents.length === 0 ? "" : named(agents);
}
