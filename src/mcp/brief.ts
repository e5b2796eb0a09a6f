/** What stands in an answer for programs, and tells a model nothing. */
const forPrograms = new Set([
  "v",
  "session",
  "pid",
  "socket",
  "agent_session",
  "repo",
  "port",
  "port_count",
  "adopted",
  "earlier_worktrees",
  "status_detail",
  "cpu_percent",
  "memory_percent",
]);

/** More than that would take the place of everything else that a model has in mind. */
const longest = 60_000;

/** An answer as text for a model: JSON without what only programs need, and cut where it is too long. */
export function briefly(answer: unknown): string {
  const text = JSON.stringify(answer, (key, value) => (forPrograms.has(key) || value === null ? undefined : value), 1);
  return text.length <= longest ? text : `${text.slice(0, longest)}\n... cut after ${longest} characters`;
}
