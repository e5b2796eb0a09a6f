import { expect, test } from "bun:test";
import { documents, withReference } from "../../scripts/docs.ts";
import { commandTable, visibleLeaves } from "../../src/cli/commands.ts";

const [readme, manPage] = await documents();
const commands = visibleLeaves(commandTable).map(({ name }) => name);
const requests = ["TH", "SH", "SS", "TP", "PP", "RS", "RE", "nf", "fi", "BR"];

test("README.md has the reference of the commands as they are; if not, run scripts/bun run docs", () => {
  expect({ path: readme?.path, stale: readme?.stale }).toEqual({ path: "README.md", stale: false });
});

test("the reference has a heading for every command", () => {
  const headings = [...(readme?.content ?? "").matchAll(/^### `fleet (.*)`$/gm)].map(([, usage = ""]) => usage);
  expect(commands.filter((name) => !headings.some((usage) => isUsageOf(name, usage)))).toEqual([]);
});

test("the manual page begins with its title and has a section for every command", () => {
  const page = manPage?.content ?? "";
  const sections = [...page.matchAll(/^\.SS fleet (.*)$/gm)].map(([, usage = ""]) => usage.replaceAll("\\-", "-"));
  expect(page).toStartWith(".TH FLEET 1 ");
  expect(commands.filter((name) => !sections.some((usage) => isUsageOf(name, usage)))).toEqual([]);
});

test("every line of the manual page that starts like a request is one of those it uses", () => {
  const controls = (manPage?.content ?? "").split("\n").filter((line) => /^[.']/.test(line));
  expect(controls.filter((line) => !requests.includes(line.slice(1).split(" ")[0] ?? ""))).toEqual([]);
});

test("the reference is put between the markers and nothing else is touched", () => {
  const [begin = "", end = ""] = readme?.content.match(/^<!-- The reference .* -->$/gm) ?? [];
  const text = `before\n${begin}\nold\n${end}\nafter\n`;
  expect(withReference(text, "new\n")).toBe(`before\n${begin}\n\nnew\n\n${end}\nafter\n`);
  expect(withReference(withReference(text, "new\n"), "new\n")).toBe(withReference(text, "new\n"));
});

test("a README without a place for the reference is refused", () => {
  expect(() => withReference("no markers\n", "new\n")).toThrow("README.md needs one line <!--");
});

function isUsageOf(name: string, usage: string): boolean {
  return usage === name || usage.startsWith(`${name} `);
}
