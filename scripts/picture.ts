/** The part of `scripts/picture` that runs the program and draws what it shows. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { builtFleet as fleet, openPlace, type Place } from "./benchmark/place.ts";
import { pictureOfPage } from "./picturing/page.ts";
import { recordSession } from "./picturing/session.ts";
import { movingPictureOf, pictureOf } from "./picturing/svg.ts";

const folder = resolve(import.meta.dir, "../.github/images");
const size = { columns: 110, rows: 20 };
const patienceMilliseconds = 20_000;
/** From three attempts to one, and back. */
const loop = [
  'fleet fanout 3 total -p "total the cart" --wait',
  "fleet list total",
  'fleet prompt total-A2 "and the taxes" --wait',
  'fleet compare total --test "grep -q taxes demo-notes.md"',
  "fleet overlap total",
  "fleet pick total --best",
  "fleet restore --last",
];

const interrupted = new AbortController();
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.on(signal, () => interrupted.abort());

await using place = await openPlace(interrupted.signal);
place.export({ AI_FLEET_DEFAULT_AGENT: "demo", TERM: "screen-256color", AI_FLEET_HOME: place.fleetHome });
const shop = await makeShop(place);
await startAgents(place, shop);
const screen = await screenOf(place, shop);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "screen.svg"), pictureOf(screen, { ...size, title: "fleet" }));
await place.run([fleet, "multi", ...["speed", "cart", "cache", "guide"].map((branch) => `${branch}:work 600`)], shop);
writeFileSync(join(folder, "page.png"), await pictureOfPage(place, shop));
const moments = await recordSession(
  {
    place,
    directory: shop,
    environment: { AI_FLEET_DEFAULT_AGENT: "demo", PATH: `${dirname(fleet)}:${process.env.PATH}` },
    ...size,
    signal: interrupted.signal,
  },
  loop,
);
writeFileSync(join(folder, "session.svg"), movingPictureOf(moments, { ...size, title: "from three attempts to one" }));
console.log(`wrote screen.svg, page.png and session.svg in ${folder}`);

async function makeShop(place: Place): Promise<string> {
  const shop = join(place.root, "shop");
  mkdirSync(shop);
  writeFileSync(join(shop, "README.md"), "# A shop\n");
  await place.run(["git", "init", "--quiet"], shop);
  await place.run(["git", "add", "--all"], shop);
  await place.run(["git", "commit", "--quiet", "--message", "Open the shop"], shop);
  return shop;
}

/** One that asks, one that failed, one that works, and three at the same task. */
async function startAgents(place: Place, shop: string): Promise<void> {
  await place.run([fleet, "fanout", "3", "login", "-p", "refactor the login"], shop);
  await place.run([fleet, "create", "search", "-p", "work 600"], shop);
  await place.run([fleet, "create", "flaky", "-p", "fail 3"], shop).catch(() => undefined);
  await place.run([fleet, "create", "migrate", "-p", "ask may I drop the old table?"], shop);
  await place.run([fleet, "wait", "login", "migrate"], shop).catch(() => undefined);
  for (const prompt of ["keep sessions in the store", "test a token that has expired"]) {
    await place.run([fleet, "prompt", "login-A2", prompt], shop);
    await place.run([fleet, "wait", "login-A2"], shop);
  }
}

/** What the program shows with the diff of an agent below the list, with its styles. */
async function screenOf(place: Place, shop: string): Promise<string> {
  const tmux = (...words: readonly string[]) => place.run(["tmux", "-u", "-S", place.socket, ...words], shop);
  const geometry = ["-x", `${size.columns}`, "-y", `${size.rows}`];
  // A screen inside the tmux of its agents is the same, but it says so.
  await tmux("new-session", "-d", "-s", "picture", ...geometry, "env", "-u", "TMUX", fleet);
  await until(async () => (await tmux("capture-pane", "-p", "-t", "=picture:")).includes("login-A3"));
  await tmux("send-keys", "-t", "=picture:", "-l", "/login-A2");
  await tmux("send-keys", "-t", "=picture:", "Enter", "Escape", "d");
  await until(async () => /\+3 -0[\s\S]*^\+- refactor/m.test(await tmux("capture-pane", "-p", "-t", "=picture:")));
  return tmux("capture-pane", "-e", "-p", "-t", "=picture:");
}

async function until(check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds;
  while (!(await check())) {
    interrupted.signal.throwIfAborted();
    if (performance.now() > deadline) throw new Error("the screen does not show what is to be drawn");
    await Bun.sleep(50);
  }
}
