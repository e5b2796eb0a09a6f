import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { connection, retryNow } from "../connection/events.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { oneLine, span } from "../words.ts";

/** What a page shows to who has no token: how to get one. */
export function NoAccess() {
  return (
    <main class="alone">
      <svg class="alone-mark" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 18 12 3l8 15-8-4.500z" />
      </svg>
      <h1>This page has no access</h1>
      <p>A link to it works once, for ten minutes, in one tab. To get a new one, run this where the server runs:</p>
      <pre class="command">fleet open</pre>
    </main>
  );
}

interface BlankProps {
  readonly icon?: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}

/** A place with nothing in it yet: says so, and what would fill it. */
export function Blank({ icon, title, children }: BlankProps) {
  return (
    <div class="blank">
      {icon !== undefined && <Icon name={icon} />}
      <p class="blank-title">{title}</p>
      {children !== undefined && <div class="blank-text">{children}</div>}
    </div>
  );
}

/** Lines in the place of what is being loaded; only after a moment, since most of it is there at once. */
export function Loading({ what, lines = 4 }: { readonly what: string; readonly lines?: number }) {
  return (
    <div class="loading" role="status">
      <span class="unseen">Loading {what}</span>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} class="loading-line" />
      ))}
    </div>
  );
}

interface TroubleProps {
  readonly title: string;
  readonly error: { readonly message: string; readonly hint?: string | null };
  readonly again?: () => void;
}

/** What could not be shown, why, and what to do. */
export function Trouble({ title, error, again }: TroubleProps) {
  return (
    <div class="trouble" role="alert">
      <p class="trouble-title">{title}</p>
      <p>{error.message}</p>
      {error.hint != null && <p class="hint">{error.hint}</p>}
      {again !== undefined && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

interface NotSeenProps {
  readonly agents: readonly { readonly branch: string; readonly message: string | null }[];
}

/** Who is not in what is shown, or not wholly, and why. */
export function NotSeen({ agents }: NotSeenProps) {
  return agents.map(({ branch, message }) => (
    <p key={branch} class="hint">
      {oneLine(branch)}: {oneLine(message ?? "not seen")}
    </p>
  ));
}

/** Says that what is shown may be old, for as long as the server does not answer. */
export function ConnectionBar() {
  const { value } = connection;
  const [, draw] = useState(0);
  const lost = value.is === "lost";
  useEffect(() => {
    if (!lost) return;
    const timer = setInterval(() => draw((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [lost]);
  // Always there, so that a screen reader hears when something appears in it.
  return (
    <div role="status" class={lost ? "connection-bar" : ""}>
      {lost && (
        <>
          <span>
            No connection since {span(Date.now() - value.since)}: what you see may be old. The agents go on without this
            page.
          </span>
          <button type="button" onClick={retryNow}>
            Try now
          </button>
        </>
      )}
    </div>
  );
}
