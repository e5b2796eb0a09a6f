import { fellBehindAt } from "../connection/events.ts";
import { role } from "../connection/session.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { running } from "../state/activity.ts";
import { inNeed } from "../state/agents.ts";
import { now } from "../state/clock.ts";
import { turnTheme } from "../state/commands.ts";
import { show } from "../state/dialogs.ts";
import { keysInWords } from "../state/keyboard.ts";
import { theme } from "../state/preferences.ts";
import { address, type Route, route } from "../state/route.ts";
import { about, can } from "../state/server.ts";

/** The line at the top: where one is, and what can be begun from everywhere. */
export function Header() {
  return (
    <header class="header">
      <a class="brand" href={address({ at: "home" })} aria-label="Fleet: all agents">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M4 18 12 3l8 15-8-4.500z" />
        </svg>
        <span>Fleet</span>
      </a>
      <nav class="places" aria-label="Places">
        <Place to="home" label="Agents" icon="fleet" />
        {can("tickets") && <Place to="tickets" label="Tickets" icon="ticket" />}
        {can("cost") && <Place to="cost" label="Cost" icon="cost" />}
        <Place to="activity" label="Activity" icon="activity" />
      </nav>
      <span class="space" />
      {now.value - fellBehindAt.value < behindShown && (
        <span
          class="tag wide-only"
          title="This browser did not keep up with what the agents print; nothing is missing now"
        >
          caught up
        </span>
      )}
      {role.value === "viewer" && <span class="tag">read only</span>}
      {about.value?.newer != null && (
        <span class="tag attention" title="End fleet serve and start it again">
          {about.value.newer} is there: restart the server
        </span>
      )}
      <button type="button" class="search" onClick={() => show({ is: "palette" })}>
        <Icon name="search" />
        <span>Find or do</span>
        <kbd>{keysInWords("Mod+k")}</kbd>
      </button>
      <button
        type="button"
        class="icon-button wide-only"
        onClick={turnTheme}
        aria-label={`Look: ${theme.value}. Change`}
      >
        <Icon name={themeIcons[theme.value]} />
      </button>
      <button
        type="button"
        class="icon-button wide-only"
        onClick={() => show({ is: "help" })}
        aria-label="Keys and help"
      >
        <Icon name="help" />
      </button>
      {can("create") && (
        <button type="button" class="primary" onClick={() => show({ is: "new", kind: "one" })} aria-label="New agent">
          <Icon name="plus" />
          <span class="wide-only">New agent</span>
        </button>
      )}
    </header>
  );
}

/** Long enough to be noticed. */
const behindShown = 20_000;

const themeIcons = { system: "system", light: "sun", dark: "moon" } as const;

/** The places of the header at the bottom of a phone, in reach of a thumb. */
export function Tabs() {
  return (
    <nav class="tabs-bottom" aria-label="Places, below">
      <Place to="home" label="Agents" icon="fleet" />
      {can("tickets") && <Place to="tickets" label="Tickets" icon="ticket" />}
      {can("cost") && <Place to="cost" label="Cost" icon="cost" />}
      <Place to="activity" label="Activity" icon="activity" />
    </nav>
  );
}

interface PlaceProps {
  readonly to: "home" | "tickets" | "cost" | "activity";
  readonly label: string;
  readonly icon: IconName;
}

function Place({ to, label, icon }: PlaceProps) {
  const here = route.value.at === to || (to === "home" && isAgents(route.value));
  const count = { home: inNeed.value.length, activity: running.value.length, tickets: 0, cost: 0 }[to];
  return (
    <a href={address({ at: to })} aria-current={here ? "page" : undefined}>
      <Icon name={icon} />
      <span>{label}</span>
      {count > 0 && (
        <span class={`count ${to === "home" ? "attention" : "busy"}`}>
          {count}
          <span class="unseen">{to === "home" ? " need you" : " running"}</span>
        </span>
      )}
    </a>
  );
}

function isAgents({ at }: Route): boolean {
  return at === "agent" || at === "compare" || at === "overlap";
}
