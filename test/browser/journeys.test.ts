import { expect, onTestFinished, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, receivedBy, untilDemo, writeConfig } from "../e2e/agents.ts";
import { demoHosts } from "../e2e/demo-hosts.ts";
import { browserForFile } from "../helpers/browser.ts";
import { githubStandIn } from "../helpers/forge.ts";
import { PlayedGithub } from "../helpers/github-issues.ts";
import { eventually } from "../helpers/wait.ts";
import { openShop, shop } from "./shop.ts";

const browser = browserForFile();

test("who needs the user stands first, with the question, and is answered with one key", async () => {
  await using place = await shop([
    ["create", "docs", "-p", "note"],
    ["create", "deploy", "--agent", "codex", "-p", "publish it"],
  ]);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.getByRole("heading", { name: "1 agent needs you" }).waitFor();
  expect(await page.title()).toBe("(1) Fleet");
  const [first] = await page.locator("[data-row]").allInnerTexts();
  expect(first).toContain("deploy");
  await page.keyboard.press("n");
  await page.getByRole("heading", { name: "deploy" }).waitFor();
  await page.getByRole("button", { name: "1 Yes, proceed (y)" }).waitFor();
  // The keyboard is where the question is, and so is whoever is read to.
  await page.locator("section:focus").waitFor();
  expect(await page.locator(":focus").getAttribute("aria-label")).toBe("Question of deploy");
  expect(await page.title()).toBe("(1) deploy · Fleet");
  await page.keyboard.press("1");
  await page.getByText("Done: npm test passes.").first().waitFor();
  expect(readFileSync(join(agentOn(place.box, "deploy").worktree, "answer"), "utf8")).toBe("1");
  expect(opened.complaints).toEqual([]);
});

test("a question without choices is answered with words", async () => {
  await using place = await shop([["create", "fix", "-p", "ask which store?"]]);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.getByLabel("Answer to fix").fill("the blue one");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Nobody needs you" }).waitFor();
  await page.getByText("You answered: the blue one").first().waitFor();
  expect(opened.complaints).toEqual([]);
});

test("what an agent said and did is read, and it is told what to do next", async () => {
  await using place = await shop([["create", "fix", "--agent", "codex", "-p", "make it green"]]);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.getByRole("link", { name: /^fix/ }).click();
  const conversation = page.getByRole("log", { name: "Conversation" });
  await conversation.getByText("make it green").waitFor();
  expect(await conversation.locator("strong").textContent()).toBe("tests");
  expect(await conversation.locator(".tool").textContent()).toContain("npm test");
  await page.keyboard.press("p");
  await page.locator("textarea:focus").waitFor();
  await page.keyboard.type("now the linter");
  await page.keyboard.press("Enter");
  await conversation.getByText("now the linter").waitFor();
  await eventually(async () => (await conversation.getByText("Done:").count()) === 2, { what: "the second reply" });
  expect(await page.getByLabel("Prompt for fix").inputValue()).toBe("");
  await page.getByRole("link", { name: "Cost" }).click();
  await page.getByRole("radio", { name: "model" }).check();
  await page.getByRole("rowheader", { name: "gpt-5.5-codex" }).waitFor();
  expect(opened.complaints).toEqual([]);
});

test("the changes of an agent are shown, unsaved ones too, in the colours of their language", async () => {
  await using place = await shop([["create", "fix", "-p", "note"]]);
  await untilDemo(place.box, "fix", "idle", 1);
  writeFileSync(join(agentOn(place.box, "fix").worktree, "src/cart.js"), "export const total = () => 0; // none\n");
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.getByRole("link", { name: /^fix/ }).focus();
  await page.keyboard.press("d");
  const file = page.locator("details.file").filter({ hasText: "src/cart.js" });
  await file.locator(".line.added .code-keyword").first().waitFor();
  expect(await file.locator(".line.added code").textContent()).toBe("export const total = () => 0; // none");
  expect(await file.locator(".line.deleted").count()).toBe(3);
  expect(await page.locator("details.file").filter({ hasText: "demo-notes.md" }).count()).toBe(1);
  expect(opened.complaints).toEqual([]);
});

test("the terminal of an agent is live, and takes keys only when it is asked to", async () => {
  await using place = await shop([["create", "fix", "-p", "first"]]);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.getByRole("link", { name: /^fix/ }).focus();
  await page.keyboard.press("t");
  const screen = page.locator(".xterm-rows");
  await screen.getByText("> first").waitFor();
  await page.locator(".xterm-screen").click();
  await page.keyboard.type("l");
  await page.getByRole("log", { name: "Conversation" }).waitFor();
  await page.keyboard.press("t");
  await screen.getByText("> first").waitFor();
  await page.getByRole("button", { name: "Take the keyboard" }).click();
  await page.getByRole("button", { name: "Release the keyboard" }).waitFor();
  await page.keyboard.type("second");
  await page.keyboard.press("Enter");
  await screen.getByText("> second").waitFor();
  await page.keyboard.press("Control+]");
  await page.getByRole("button", { name: "Take the keyboard" }).waitFor();
  await untilDemo(place.box, "fix", "idle", 2);
  expect(receivedBy(place.box, "fix")).toEqual(["first", "second"]);
  expect(opened.complaints).toEqual([]);
});

test("agents are started from an empty page: one, several attempts at a task, and a task each", async () => {
  await using place = await shop([]);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.getByText("Start your first agent").waitFor();
  await page.keyboard.press("c");
  await page.getByRole("textbox", { name: "Task" }).fill("note");
  await page.getByLabel("Branch").fill("one");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("heading", { name: "one", exact: true }).waitFor();
  await page.keyboard.press("f");
  await page.getByRole("textbox", { name: "Task" }).fill("try");
  await page.getByLabel("Name of the batch").fill("try");
  await page.getByLabel("Attempts").fill("2");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("link", { name: /^try-A2/ }).waitFor();
  await page.keyboard.press("F");
  await page.getByLabel("A line for each agent").fill("left: go left\nright: go right");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("link", { name: /^right/ }).waitFor();
  await untilDemo(place.box, "left", "idle", 1);
  expect(receivedBy(place.box, "left")).toEqual(["go left"]);
  await untilDemo(place.box, "try-A2", "idle", 1);
  expect(receivedBy(place.box, "try-A2")).toEqual(["try"]);
  expect(opened.complaints).toEqual([]);
});

test("what cannot be started says why and what to do, and is there to be put right", async () => {
  await using place = await shop([["create", "one", "-p", "note"]]);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.locator("[data-row]").waitFor();
  await page.keyboard.press("c");
  await page.getByRole("textbox", { name: "Task" }).fill("a long task");
  await page.getByLabel("Branch").fill("one");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  const toast = page.locator(".toast.failed");
  await toast.waitFor();
  expect(await toast.textContent()).toContain("Start one");
  expect(await toast.locator(".hint").textContent()).toContain("fleet");
  // What was written is not lost, neither to a refusal nor to a key.
  await toast.getByRole("button", { name: "Edit" }).click();
  await page.keyboard.press("Escape");
  // By its role it is gone as soon as the browser has closed it, which the page hears of a moment later.
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("c");
  expect(await page.getByRole("textbox", { name: "Task" }).inputValue()).toBe("a long task");
  await page.getByLabel("Branch").fill("two");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("heading", { name: "two", exact: true }).waitFor();
  await page.keyboard.press("c");
  expect(await page.getByRole("textbox", { name: "Task" }).inputValue()).toBe("");
});

test("one message goes to all of a batch", async () => {
  await using place = await shop([["fanout", "3", "auth", "-p", "try"]]);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.getByRole("link", { name: /^auth-A2/ }).focus();
  await page.keyboard.press("b");
  await page.getByRole("toolbar", { name: "With the agents that are ticked" }).getByText("3 agents").waitFor();
  await page.keyboard.press("p");
  await page.getByLabel("Prompt", { exact: true }).fill("also run the linter");
  await page.keyboard.press("Control+Enter");
  await page.locator(".toast.done").getByText("Prompt 3 agents").waitFor();
  for (const branch of ["auth-A1", "auth-A2", "auth-A3"]) {
    await untilDemo(place.box, branch, "idle", 2);
    expect(receivedBy(place.box, branch)).toEqual(["try", "also run the linter"]);
  }
  expect(opened.complaints).toEqual([]);
});

test("a killed agent comes back with undo; for one at work the page asks first", async () => {
  await using place = await shop([
    ["create", "busy", "-p", "work 600"],
    ["create", "idle", "-p", "note"],
  ]);
  await untilDemo(place.box, "idle", "idle", 1);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  const row = (name: string) => page.getByRole("link", { name: new RegExp(`^${name}`) });
  await row("idle").focus();
  await page.keyboard.press("Delete");
  await row("idle").waitFor({ state: "detached" });
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await row("idle").waitFor();
  await row("busy").focus();
  await page.keyboard.press("Delete");
  await page.getByRole("dialog", { name: "Kill busy?" }).getByRole("button", { name: "Keep" }).click();
  await row("busy").focus();
  await page.keyboard.press("i");
  await page.locator(".toast").getByText("Interrupt busy").waitFor();
  await untilDemo(place.box, "busy", "idle", 1);
  await page.keyboard.press("s");
  await row("busy").getByText("stopped").waitFor();
  await page.keyboard.press("r");
  await row("busy").getByText("idle").waitFor();
  expect(opened.complaints).toEqual([]);
});

test("what was killed elsewhere is restored from here, and an agent gets a budget", async () => {
  await using place = await shop([["create", "fix", "-p", "note"]]);
  await untilDemo(place.box, "fix", "idle", 1);
  await place.box.fleet(["kill", "fix"], { cwd: place.cwd });
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.getByText("Start your first agent").waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.locator("main:focus").waitFor();
  expect(await page.title()).toBe("Activity · Fleet");
  await page.getByRole("button", { name: "Restore" }).click();
  const row = page.locator("[data-row]").filter({ hasText: "fix" });
  await row.focus();
  await page.keyboard.press("o");
  await page.getByLabel("Amount").fill("5 USD");
  await page.getByRole("button", { name: "Set" }).click();
  await page.locator(".toast.done").getByText("Budget of fix").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.getByText("$0.00 of $5.00").waitFor();
  await page.getByRole("button", { name: "Change the budget of fix" }).click();
  await page.getByRole("dialog").getByLabel("Amount").fill("+1");
  await page.keyboard.press("Enter");
  await page.getByText("$0.00 of $6.00").waitFor();
  expect(opened.complaints).toEqual([]);
});

test("attempts are compared, tested and read side by side; one is merged, the merge undone, another one picked", async () => {
  await using place = await shop([["fanout", "2", "auth", "-p", "try"]]);
  for (const branch of ["auth-A1", "auth-A2"]) await untilDemo(place.box, branch, "idle", 1);
  const main = async () =>
    (await place.box.run(["git", "rev-list", "--count", "main"], { cwd: place.cwd })).stdout.trim();
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.getByRole("button", { name: "Compare" }).click();
  const table = page.getByRole("region", { name: "Attempts, the best first" });
  await table.getByRole("rowheader", { name: "auth-A2" }).waitFor();
  await page.getByLabel("Test command").fill("test -e demo-notes.md");
  await page.getByRole("button", { name: "Test all" }).click();
  await eventually(async () => (await table.getByText("passed", { exact: true }).count()) === 2, { what: "two tests" });
  await page.getByRole("radio", { name: "Side by side" }).check();
  await page.locator(".sides details.file").nth(1).waitFor();
  await page.getByRole("radio", { name: "Files" }).check();
  await page.getByRole("rowheader", { name: "demo-notes.md" }).waitFor();
  await page.getByRole("radio", { name: "Attempts" }).check();
  await table.getByRole("button", { name: "Merge auth-A1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Merge" }).click();
  await eventually(async () => (await main()) === "2", { what: "the merge" });
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await eventually(async () => (await main()) === "1", { what: "the merge to be undone" });
  await table.getByRole("button", { name: "Pick auth-A2" }).click();
  await page.getByLabel("Also without a test").check();
  await page.getByRole("dialog").getByRole("button", { name: "Pick" }).click();
  await eventually(async () => (await main()) === "2", { what: "the winner" });
  await page.locator("[data-row]").filter({ hasText: "auth-A1" }).waitFor({ state: "detached" });
  expect(opened.complaints).toEqual([]);
});

test("who gets in whose way is seen in a matrix, and those who do not are merged in an order that holds", async () => {
  await using place = await shop([
    ["create", "left", "-p", "go left"],
    ["create", "right", "-p", "go right"],
    ["create", "quiet"],
  ]);
  for (const branch of ["left", "right"]) await untilDemo(place.box, branch, "idle", 1);
  writeFileSync(join(agentOn(place.box, "quiet").worktree, "src/cart.js"), "export const total = () => 0;\n");
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.locator("[data-row]").nth(2).waitFor();
  await page.keyboard.press("V");
  await page.getByText("3 agents, 3 pairs").waitFor();
  expect(await page.locator(".overlap-sum").textContent()).toContain("1 in conflict, 0 with files in common");
  const matrix = page.getByRole("region", { name: "Each agent against each other one" });
  await matrix.getByRole("button", { name: /left and right: 1 file in conflict|right and left: 1 file/ }).click();
  await page.locator(".overlap-pairs").getByText("demo-notes.md").waitFor();
  await page.getByRole("button", { name: "Merge these 2" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Merge" }).waitFor();
  expect(opened.complaints).toEqual([]);
});

test("the work of an agent becomes a pull request, whose number then stands beside it", async () => {
  const forge = githubStandIn();
  forge.projects.set("acme/shop", { default_branch: "main", permissions: { push: true } });
  await using place = await shop([["create", "fix", "-p", "note"]], async (box, repository) => {
    const remote = join(box.root, "acme-shop.git");
    await repository.git("clone", "--quiet", "--bare", repository.path, remote);
    await repository.git("remote", "add", "origin", `${forge.url}/acme/shop.git`);
    await repository.git("remote", "set-url", "--push", "origin", remote);
    await repository.git("update-ref", "refs/remotes/origin/main", "main");
    writeConfig(box, 'serve_env = ["GITHUB_SERVER_URL", "GITHUB_API_URL", "GITHUB_TOKEN"]\n');
    Object.assign(box.env, { GITHUB_SERVER_URL: forge.url, GITHUB_API_URL: `${forge.url}/api/v3`, GITHUB_TOKEN: "t" });
  });
  await untilDemo(place.box, "fix", "idle", 1);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  const row = page.locator("[data-row]").filter({ hasText: "fix" });
  await row.click();
  await page.keyboard.press("P");
  await page.getByLabel("Title").fill("A note");
  await page.getByLabel("As a draft").check();
  await page.getByRole("button", { name: "Push and open" }).click();
  await page.locator(".toast.done").getByText("opened #1").waitFor();
  await row.getByText("#1 draft").waitFor();
  await page.keyboard.press("P");
  await page.getByLabel("Ready for review").check();
  await page.getByRole("button", { name: "Push and update" }).click();
  await row.getByText("#1 open").waitFor();
  expect(await page.getByRole("link", { name: "#1 open", exact: true }).getAttribute("href")).toBe(
    "https://forge.example.com/acme/shop/pull/1",
  );
  expect(forge.pulls.get(1)).toMatchObject({ title: "A note", draft: false, base: { ref: "main" } });
  expect(opened.complaints).toEqual([]);
});

test("agents are started from tickets that wait, by name too, and what they are at is written back", async () => {
  const github = new PlayedGithub({ base: "/api/v3", token: "t" });
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: github.fetch });
  onTestFinished(() => server.stop(true));
  const address = `http://127.0.0.1:${server.port}`;
  github.issues.set("acme/shop#42", { title: "Login fails", body: "It says 500.", labels: ["agent"] });
  github.issues.set("acme/shop#43", { title: "Sort the cart", body: "By price.", comments: [] });
  await using place = await shop([], async (box, repository) => {
    await repository.git("remote", "add", "origin", `${address}/acme/shop.git`);
    const names = ["GITHUB_SERVER_URL", "GITHUB_API_URL", "GITHUB_TOKEN"];
    writeConfig(box, `serve_env = ${JSON.stringify(names)}\nclaim_tickets = false\nticket_query = "label:agent"\n`);
    Object.assign(box.env, { GITHUB_SERVER_URL: address, GITHUB_API_URL: `${address}/api/v3`, GITHUB_TOKEN: "t" });
  });
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.keyboard.press("#");
  await page.getByRole("region", { name: "Open" }).getByText("Login fails").waitFor();
  await page.getByRole("button", { name: "Start an agent for acme/shop#42" }).click();
  const working = page.getByRole("region", { name: "With an agent" });
  await working.getByRole("link", { name: "42-login-fails" }).waitFor();
  await page.getByRole("textbox", { name: "Tickets" }).fill("43");
  await page.keyboard.press("Enter");
  await working.getByText("43-sort-the-cart").waitFor();
  await untilDemo(place.box, "43-sort-the-cart", "idle", 1);
  await page.getByRole("button", { name: "Write back to acme/shop#43" }).click();
  await page.locator(".toast.done").getByText("Write back to").waitFor();
  expect(github.issues.get("acme/shop#43")?.comments?.[0]?.body).toContain("43-sort-the-cart");
  await working.getByRole("link", { name: "42-login-fails" }).click();
  await page.getByRole("link", { name: "acme/shop#42", exact: true }).waitFor();
  expect(opened.complaints).toEqual([]);
});

test("an agent is started on another machine, read, told what to do next, killed, and comes back here", async () => {
  let end = async () => {};
  await using place = await shop([], async (box) => {
    const far = await demoHosts(box, ["far1"]);
    end = async () => far[Symbol.asyncDispose]();
  });
  await using _ = { [Symbol.asyncDispose]: () => end() };
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.getByText("Start your first agent").waitFor();
  await page.keyboard.press("c");
  await page.getByRole("textbox", { name: "Task" }).fill("note");
  await page.getByLabel("Branch").fill("there");
  await page.getByLabel("Machine").selectOption("far1");
  await page.getByText("1 agent in shop on far1").waitFor();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  // It is opened before its host has told of it.
  await page.getByRole("heading", { name: "there", exact: true }).waitFor();
  const row = page.locator("[data-row]").filter({ hasText: "there" });
  await row.getByText("far1").waitFor();
  const conversation = page.getByRole("log", { name: "Conversation" });
  await conversation.getByText("> note").waitFor();
  await page.getByLabel("Prompt for there").fill("again");
  await page.keyboard.press("Enter");
  await conversation.getByText("> again").waitFor();
  await page.getByRole("link", { name: /^Changes/ }).click();
  await page.locator("details.file").filter({ hasText: "demo-notes.md" }).locator(".line.added").nth(1).waitFor();
  await page.getByRole("link", { name: "Terminal" }).click();
  const screen = page.locator(".xterm-rows");
  await screen.getByText("> again").waitFor();
  await page.getByRole("button", { name: "Take the keyboard" }).click();
  await page.getByRole("button", { name: "Release the keyboard" }).waitFor();
  await page.keyboard.type("typed here");
  await page.keyboard.press("Enter");
  await screen.getByText("> typed here").waitFor();
  await page.keyboard.press("Control+]");
  await page.getByRole("button", { name: "Kill" }).click();
  await row.waitFor({ state: "detached" });
  // What it has made was fetched before: it comes back on this machine.
  await page.locator(".toast.done").getByRole("button", { name: "Undo" }).click();
  await row.waitFor();
  expect(await row.getByText("far1").count()).toBe(0);
  expect(opened.complaints).toEqual([]);
});

test("what takes long is followed, and given up from the palette; the keyboard of a terminal is a key away", async () => {
  await using place = await shop([["create", "fix", "-p", "note"]]);
  await untilDemo(place.box, "fix", "idle", 1);
  await using opened = await openShop(await browser(), place);
  const { page } = opened;
  await page.locator("[data-row]").filter({ hasText: "fix" }).focus();
  await page.keyboard.press("v");
  await page.getByLabel("Test command").fill("sleep 600");
  await page.getByRole("button", { name: "Test it" }).click();
  const toast = page.locator(".toast").filter({ hasText: "Test fix" });
  await toast.getByText("test running").waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("cancel");
  await page.getByRole("option", { name: "Cancel: Test fix" }).click();
  await page.locator(".toast.failed").filter({ hasText: "Test fix" }).waitFor();
  await page.locator("[data-row]").filter({ hasText: "fix" }).focus();
  await page.keyboard.press("y");
  await page.getByText("What you type goes to fix.").waitFor();
  await page.keyboard.type("second\n");
  await untilDemo(place.box, "fix", "idle", 2);
  expect(receivedBy(place.box, "fix")).toEqual(["note", "second"]);
  expect(opened.complaints).toEqual([]);
});
