// Preact with signals, 11 KB: one agent that changes redraws one row, and a text is always a text. It is bundled when fleet is built
// (`../page-bundle.ts`), so it is a development dependency: at run time there is no package to load.
import { effect } from "@preact/signals";
import { render } from "preact";
import { connection, follow } from "./connection/events.ts";
import { access, openSession } from "./connection/session.ts";
import { complain } from "./state/activity.ts";
import { sink } from "./state/agents.ts";
import { listenToKeys } from "./state/keyboard.ts";
import { notifyOfNeed } from "./state/notify.ts";
import { learnServer } from "./state/server.ts";
import { Page } from "./views/page.tsx";

const place = document.getElementById("page");
if (place !== null) render(<Page />, place);
await openSession();
if (access.value === "granted") begin();

function begin(): void {
  listenToKeys();
  notifyOfNeed();
  follow(sink);
  effect(() => {
    if (connection.value.is === "live")
      learnServer().catch((error) => complain("Ask the server what it can do", error));
  });
}
