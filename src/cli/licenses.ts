import own from "../../LICENSE" with { type: "text" };
import modelContextProtocol from "../../node_modules/@modelcontextprotocol/sdk/LICENSE" with { type: "text" };
import preactSignals from "../../node_modules/@preact/signals/LICENSE" with { type: "text" };
import preactSignalsCore from "../../node_modules/@preact/signals-core/LICENSE" with { type: "text" };
import xterm from "../../node_modules/@xterm/xterm/LICENSE" with { type: "text" };
import citty from "../../node_modules/citty/LICENSE" with { type: "text" };
import consola from "../../node_modules/consola/LICENSE" with { type: "text" };
import devlop from "../../node_modules/devlop/license" with { type: "text" };
import highlight from "../../node_modules/highlight.js/LICENSE" with { type: "text" };
import lowlight from "../../node_modules/lowlight/license" with { type: "text" };
import picomatch from "../../node_modules/picomatch/LICENSE" with { type: "text" };
import preact from "../../node_modules/preact/LICENSE" with { type: "text" };
import smolToml from "../../node_modules/smol-toml/LICENSE" with { type: "text" };
import zod from "../../node_modules/zod/LICENSE" with { type: "text" };
import zodToJsonSchema from "../../node_modules/zod-to-json-schema/LICENSE" with { type: "text" };

const packages: Readonly<Record<string, string>> = { citty, consola, picomatch, "smol-toml": smolToml, zod };

/** What `fleet mcp` speaks with, and what that needs. */
const packagesOfTools: Readonly<Record<string, string>> = {
  "@modelcontextprotocol/sdk": modelContextProtocol,
  "zod-to-json-schema": zodToJsonSchema,
};

/** What is in the page of `fleet serve`. */
const packagesOfPage: Readonly<Record<string, string>> = {
  preact,
  "@preact/signals": preactSignals,
  "@preact/signals-core": preactSignalsCore,
  "@xterm/xterm": xterm,
  lowlight,
  "highlight.js": highlight,
  devlop,
};

/** The licences of fleet and of all that is compiled into it, for `fleet help licenses`. */
export function renderLicenses(): string {
  const parts = Object.entries({ ...packages, ...packagesOfTools, ...packagesOfPage }).map(
    ([name, text]) => `--- ${name} ---\n\n${text.trim()}`,
  );
  return `${[`--- fleet ---\n\n${own.trim()}`, ...parts, bun].join("\n\n")}\n`;
}

/** Bun publishes no licence file in its packages; this is what its documentation says of it. */
const bun = `--- Bun, the runtime ---

Bun itself is under the MIT licence. It is linked statically to JavaScriptCore, which is under the LGPL version 2; its documentation says
where the sources are, how to link it to another version of them, and what other libraries it is linked to.`;
