import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { processesIn } from "../helpers/processes.ts";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";
import type { Terminal } from "../helpers/terminal.ts";
import { eventually } from "../helpers/wait.ts";

const module = resolve(import.meta.dir, "../../src/output/full-screen.ts");

/** A shell on a terminal in which a program takes the screen, shows `ready` and what is pressed, and does as `onKeys` says. Then the shell does what is `afterwards`. */
async function screenThat(box: Sandbox, onKeys: string, afterwards = ":"): Promise<Terminal> {
  const program = box.executable(
    "screen.ts",
    `import { openFullScreen } from ${JSON.stringify(module)};
     const screen = openFullScreen(process.env, {
       onKeys: async (keys) => { screen.draw(["pressed " + JSON.stringify(keys)]); ${onKeys} },
       onResize: ({ columns, rows }) => screen.draw(["size " + columns + "x" + rows]),
       onEnd: () => process.exit(9),
     });
     screen.draw(["ready"]);
     setInterval(() => undefined, 1000);`,
  );
  box.provide(process.execPath, "bun");
  const terminal = await box.terminal(["bash", "--norc", "-i"], { env: { PS1: "shell> " } });
  await terminal.waitFor("shell>");
  await terminal.type(
    `stty -a > before; bun ${program}; code=$?; ${afterwards}; echo "ended $code"; stty -a > after; cmp before after && echo same`,
  );
  await terminal.press("Enter");
  await terminal.waitFor("ready");
  expect(await terminal.modes()).toEqual({ alternate: true, mouse: true });
  return terminal;
}

const ordinary = { alternate: false, mouse: false };

/** Where the program cannot, its reader of the keyboard puts the terminal right, at the same time as the shell goes on; the modes come last. */
const untilRight = "until stty -a | cmp -s before -; do sleep 0.02; done";

const deaths: readonly [name: string, onKeys: string, code: number, afterwards?: string][] = [
  ["it is closed", "await screen.close(); process.exit(0);", 0],
  ["the program exits", "process.exit(3);", 3],
  ["an error that nobody catches", "throw new Error('unexpected');", 1],
  ["a signal that nobody handles", "process.kill(process.pid, 'SIGUSR2');", 140, untilRight],
];

for (const [name, onKeys, code, afterwards] of deaths) {
  test(`the terminal is as it was after ${name}`, async () => {
    await using box = await sandbox();
    const terminal = await screenThat(box, onKeys, afterwards);
    await terminal.type("k");
    const screen = await terminal.waitFor(/^same$/m);
    expect(screen).toContain(`ended ${code}`);
    expect(await terminal.modes()).toEqual(ordinary);
    const readers = () => processesIn(box.root).filter(({ command }) => command.includes("fleet-keyboard"));
    await eventually(() => readers().length === 0, { what: "the reader of the keyboard to end" });
  });
}

test("a program that gets the terminal for a while gets every key, and the screen the next", async () => {
  await using box = await sandbox();
  const terminal = await screenThat(
    box,
    `if (keys[0].text !== "e") return;
     await screen.lend(async () => {
       const child = Bun.spawn(["sh", "-c", "echo child; read line; echo got:$line; read line; echo got:$line; read line"], {
         stdin: "inherit", stdout: "inherit", stderr: "inherit",
       });
       await child.exited;
     });`,
  );
  await terminal.type("e");
  await terminal.waitFor("child");
  await terminal.type("one");
  await terminal.press("Enter");
  await terminal.waitFor("got:one");
  await terminal.type("two");
  await terminal.press("Enter");
  await terminal.waitFor("got:two");
  await terminal.press("Enter");
  await terminal.waitFor("size 80x24");
  await terminal.type("x");
  await terminal.waitFor('pressed [{"kind":"text","text":"x"}]');
});
