import { signal } from "@preact/signals";

/** Whether this page may talk to the server: `none` until somebody opens it with a link that works. */
export type Access = "asking" | "granted" | "none";
export type Role = "owner" | "viewer";

export const access = signal<Access>("asking");
export const role = signal<Role>("owner");

/** Of this tab alone, and of this port: nothing that another page, or another server on this machine, could read. */
const place = "fleet-token";

/**
 * Takes the one-time code out of the address, before anything can keep it, and exchanges it for a token. Without a code, or with one
 * that was used up, a token of before is good enough.
 */
export async function openSession(): Promise<void> {
  // A link that is opened in a tab which has the page already only changes the fragment.
  addEventListener("hashchange", () => {
    if (new URLSearchParams(location.hash.slice(1)).has("code")) location.reload();
  });
  const given = new URLSearchParams(location.hash.slice(1));
  const code = given.get("code");
  if (code !== null) {
    const agent = given.get("agent");
    history.replaceState(null, "", agent === null ? location.pathname : `#/agent/${encodeURIComponent(agent)}`);
    dispatchEvent(new HashChangeEvent("hashchange"));
    await exchange(code);
  }
  access.value = token() === null ? "none" : "granted";
}

async function exchange(code: string): Promise<void> {
  const response = await fetch("/api/v1/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code }),
  }).catch(() => undefined);
  if (response?.ok !== true) return;
  const answer = (await response.json()) as { token: string; role: Role };
  sessionStorage.setItem(place, answer.token);
  role.value = answer.role;
}

/** The token of this tab. */
export function token(): string | null {
  return sessionStorage.getItem(place);
}

/** The server does not know this token (any more): the page has nothing to show. */
export function giveUpAccess(): void {
  sessionStorage.removeItem(place);
  access.value = "none";
}
