import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, receivedBy, untilDemo } from "../e2e/agents.ts";
import { serving } from "../e2e/served.ts";
import { browserForFile, openPage } from "../helpers/browser.ts";
import { openShop, shop } from "./shop.ts";

const browser = browserForFile();

test("a page that was opened without a link, or with one that was used, says how to get one", async () => {
  await using place = await shop([]);
  await using first = await openShop(await browser(), place);
  await first.page.getByText("Start your first agent").waitFor();
  expect(new URL(first.page.url()).hash).not.toContain("code");
  await first.page.reload();
  await first.page.getByText("Start your first agent").waitFor();
  for (const url of [place.served.url, `${place.served.url}/#code=${place.served.code}`]) {
    await using opened = await openPage(await browser(), url);
    await opened.page.getByRole("heading", { name: "This page has no access" }).waitFor();
    await opened.page.getByText("fleet open", { exact: true }).waitFor();
    await opened.page.goto((await place.box.fleet(["open", "--print"], { cwd: place.cwd })).stdout.trim());
    await opened.page.getByText("Start your first agent").waitFor();
  }
});

test("a link to one agent opens that one", async () => {
  await using place = await shop([
    ["create", "fix", "-p", "note"],
    ["create", "other", "-p", "note"],
  ]);
  const link = (await place.box.fleet(["open", "--print", "fix"], { cwd: place.cwd })).stdout.trim();
  await using opened = await openPage(await browser(), link);
  await opened.page.getByRole("heading", { name: "fix" }).waitFor();
  expect(new URL(opened.page.url()).hash).toBe(`#/agent/${agentOn(place.box, "fix").id}`);
});

test("when the server is gone the page says so, and goes on where it was when a server is back", async () => {
  await using place = await shop([["create", "fix", "-p", "note"]]);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  const { port } = new URL(place.served.url);
  await page.locator("[data-row]").filter({ hasText: "fix" }).click();
  place.served.program.signalGroup("SIGKILL");
  await place.served.program.ended();
  await page.getByText(/^No connection since/).waitFor();
  await place.box.fleet(["create", "later", "-p", "note"], { cwd: place.cwd });
  place.box.start(["serve", "--port", port], { cwd: place.cwd });
  await page.locator("[data-row]").filter({ hasText: "later" }).waitFor();
  await page.getByText(/^No connection since/).waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "fix" }).waitFor();
});

test("an answer that was lost on its way is asked for again, and nothing is done twice", async () => {
  await using place = await shop([["create", "fix", "-p", "note"]]);
  await untilDemo(place.box, "fix", "idle", 1);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.route(/prompt$/, async (route) => {
    await route.fetch();
    await route.abort();
  });
  await page.locator("[data-row]").filter({ hasText: "fix" }).click();
  await page.getByLabel("Prompt for fix").waitFor();
  await page.keyboard.press("p");
  await page.locator("textarea:focus").waitFor();
  await page.keyboard.type("go on");
  await page.keyboard.press("Enter");
  await page.getByLabel("Prompt for fix").and(page.locator(":enabled")).waitFor();
  expect(await page.getByLabel("Prompt for fix").inputValue()).toBe("");
  expect(await page.locator(".toast").count()).toBe(0);
  await untilDemo(place.box, "fix", "idle", 2);
  expect(receivedBy(place.box, "fix")).toEqual(["note", "go on"]);
});

test("somebody with a link to look sees everything and is offered nothing that changes it", async () => {
  await using place = await shop([["create", "fix", "-p", "ask which store?"]]);
  const viewed = await serving(place.box, place.cwd, ["--viewer-token"]);
  await using opened = await openShop(await browser(), { ...place, served: viewed });
  const { page } = opened;
  await page.locator("[data-row]").filter({ hasText: "fix" }).click();
  await page.getByText("read only").waitFor();
  await page.getByText("which store?").first().waitFor();
  expect(await page.getByRole("button", { name: /^(New agent|Kill|Stop|Send|Merge)$/ }).count()).toBe(0);
  expect(await page.getByLabel("Answer to fix").isDisabled()).toBe(true);
  await page.keyboard.press("t");
  await page.locator(".xterm-rows").getByText("> ask which store?").waitFor();
  expect(await page.getByRole("button", { name: "Take the keyboard" }).count()).toBe(0);
  expect(opened.complaints).toEqual([]);
});

test("what agents wrote is text, whatever it looks like: markup, escape sequences, characters that turn others around", async () => {
  const hostile = "<img src=x onerror=alert(1)><script>alert(2)</script> \u202egnp.exe?";
  await using place = await shop([
    ["create", "fix", "-p", `ask ${hostile}`],
    ["create", "<i>\u202etpircs", "-p", "note"],
  ]);
  await untilDemo(place.box, "fix", "waiting", 1);
  const { worktree } = agentOn(place.box, "fix");
  writeFileSync(join(worktree, "<b>bold.html"), `${hostile}\n\u001b[31mred\u001b]0;title\u0007\n`);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  const shownText = "<img src=x onerror=alert(1)><script>alert(2)</script> ⟨U+202E⟩gnp.exe?";
  await page.getByText(shownText).first().waitFor();
  await page.locator("[data-row] .branch").getByText("<i>⟨U+202E⟩tpircs").waitFor();
  await page.locator("[data-row]").filter({ hasText: "fix" }).click();
  await page.locator(".question-text").getByText(shownText).waitFor();
  await page.locator(".screen").getByText(shownText).first().waitFor();
  await page.keyboard.press("d");
  await page.locator(".file-path").getByText("<b>bold.html").waitFor();
  await page.locator(".line.added").getByText(shownText).waitFor();
  await page.locator(".line.added").getByText("red", { exact: true }).waitFor();
  expect(await page.locator("img, script:not([src]), b, i").count()).toBe(0);
  expect(opened.complaints).toEqual([]);
});

test("the palette finds agents and what can be done; letters can be told to do nothing", async () => {
  await using place = await shop([["create", "fix", "-p", "note"]]);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.locator("[data-row]").waitFor();
  await page.keyboard.press("Control+k");
  await page.locator("dialog input:focus").waitFor();
  await page.keyboard.type("fix");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "fix" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.locator("dialog input:focus").waitFor();
  await page.keyboard.type("cost");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Cost" }).waitFor();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await help.getByText("Next agent that needs you").waitFor();
  await help.getByLabel("Keys without Ctrl or ⌘ do something").uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("c");
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Find an agent or a command" }).waitFor();
  expect(await page.getByRole("dialog").count()).toBe(1);
  expect(opened.complaints).toEqual([]);
});

test("one agent of three hundred that changes draws one row", async () => {
  await using place = await shop([["create", "fix", "-p", "note"]]);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.locator("[data-row]").waitFor();
  const [agent] = ((await (await place.served.ask("/api/v1/agents")).json()) as { agents: object[] }).agents;
  const agents = Array.from({ length: 300 }, (_, index) => ({ ...agent, id: `a${index}`, branch: `task-${index}` }));
  const { send } = await plays(page, agents);
  await page.getByText("Idle 300").waitFor();
  await page.evaluate(watchRows);
  send({ changed: [{ ...agents[7], last_words: "something new" }], gone: [] });
  await page.locator("[data-row=a7]").getByText("something new").waitFor();
  expect(await page.evaluate("globalThis.changedRows.size")).toBe(1);
  await page.getByRole("searchbox").fill("task-29");
  await page.getByText("Idle 11").waitFor();
});

/** Counts the rows in which anything is drawn. */
const watchRows = `
  globalThis.changedRows = new Set();
  new MutationObserver((records) => {
    for (const { target } of records) {
      const row = (target.nodeType === 1 ? target : target.parentElement).closest("[data-row]");
      if (row !== null) globalThis.changedRows.add(row.dataset.row);
    }
  }).observe(document.querySelector(".list-body"), { subtree: true, childList: true, characterData: true, attributes: true });
`;

/** Stands in for the server's events from the next connection on. */
async function plays(page: import("playwright-core").Page, agents: readonly object[]) {
  let say = (_: object) => {};
  await page.routeWebSocket(/events$/, (socket) => {
    let seq = 1;
    const frame = (value: object) => socket.send(JSON.stringify(value));
    say = (delta) => frame({ type: "delta", since: seq, seq: ++seq, ...delta });
    frame({ type: "hello", api: 1, instance: "played", role: "owner" });
    socket.onMessage(() => frame({ type: "snapshot", seq, agents }));
  });
  await page.reload();
  return { send: (delta: object) => say(delta) };
}
