/** Whether a text is among the prompts that wait on the screen of a busy agent, below a mark: it shows the beginning of each. */
export function isQueued(screen: string, mark: string | RegExp, text: string): boolean {
  const [, queue] = screen.split(mark);
  const beginning = text.trim().split("\n")[0]?.slice(0, 60) ?? "";
  return queue?.includes(beginning) === true;
}
