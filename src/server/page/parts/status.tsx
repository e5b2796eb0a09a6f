import { now } from "../state/clock.ts";
import type { Agent } from "../wire.ts";
import { counted, span } from "../words.ts";
import { Away } from "./away.tsx";

/** The colour of a status, the same as in the terminal. */
function toneOf(status: string): "attention" | "alarm" | "busy" | "calm" | "faint" {
  switch (status) {
    case "waiting":
      return "attention";
    case "error":
    case "failed":
    case "exited":
      return "alarm";
    case "setup":
    case "starting":
    case "working":
      return "busy";
    case "idle":
      return "calm";
    default:
      return "faint";
  }
}

/** A dot in the colour of a status, for the eye alone: the word stands beside it. */
export function Dot({ status }: { readonly status: string }) {
  return <span class={`dot ${toneOf(status)} ${status === "working" ? "alive" : ""}`} aria-hidden="true" />;
}

/** The word of a status in its colour. */
export function StatusWord({ status }: { readonly status: string }) {
  return <span class={`status ${toneOf(status)}`}>{status}</span>;
}

/** How long ago, in the coarse words of the list; a moving text of its own, so that nothing else is drawn again. */
export function Since({ at }: { readonly at: string | null }) {
  if (at === null) return null;
  return <time dateTime={at}>{span(now.value - Date.parse(at))}</time>;
}

/** `+2`, `3 files +41 −7`: what an agent has made, in few characters. */
export function Made({ agent }: { readonly agent: Pick<Agent, "ahead" | "changes"> }) {
  const { ahead, changes } = agent;
  return (
    <>
      {ahead !== null && ahead > 0 && <span title={`${ahead} commits`}>↑{ahead}</span>}
      {changes !== null && changes.files > 0 && (
        <span title={`${changes.files} files changed`}>
          {changes.added + changes.deleted === 0 ? (
            counted(changes.files, "file")
          ) : (
            <>
              <ins>+{changes.added}</ins> <del>−{changes.deleted}</del>
            </>
          )}
        </span>
      )}
    </>
  );
}

/** Its pull request with the state that was seen last, as a way there. */
export function PullRequest({ agent: { pull_request: request } }: { readonly agent: Pick<Agent, "pull_request"> }) {
  if (request == null) return null;
  const words = `${request.number === null ? "pull request" : `#${request.number}`} ${request.state}`;
  return <Away url={request.url} text={words} />;
}
