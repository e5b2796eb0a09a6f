import { startListener } from "./converse.ts";
import type { Environment } from "./environment.ts";
import keyboardScript from "./keyboard.sh" with { type: "text" };
import { rawMode } from "./terminal.ts";

/** The keyboard of the terminal, as long as it is ours. */
export interface Keyboard {
  /** Gives the terminal back as it was. What is typed from then on is for whoever reads next. */
  close(): Promise<void>;
  /** Gives it back in the last moment of the program, in which nothing can be waited for. */
  abandon(): void;
}

/**
 * Hands on what is typed on the terminal, byte by byte and Ctrl-C included, without showing it. A process of its own reads: a read of ours
 * cannot be taken back, and would swallow what is meant for the program that gets the terminal next. When `fleet` itself is killed, that
 * process writes `farewell` and puts the terminal right. `onEnd` is told when the terminal has gone.
 */
export function openKeyboard(
  environment: Environment,
  farewell: string,
  onBytes: (bytes: Uint8Array) => void,
  onEnd: () => void,
): Keyboard {
  const release = rawMode();
  let closing = false;
  const listener = startListener(
    ["/bin/sh", "-c", keyboardScript, "fleet-keyboard", farewell],
    { environment },
    onBytes,
  );
  void listener.ended.then(() => {
    if (!closing) onEnd();
  });
  return {
    abandon() {
      closing = true;
      listener.say("end\n");
      release();
    },
    async close() {
      if (closing) return;
      closing = true;
      listener.say("end\n");
      await listener.ended;
      release();
    },
  };
}
