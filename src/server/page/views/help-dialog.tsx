import { Dialog } from "../parts/dialog.tsx";
import { commands } from "../state/commands.ts";
import { keysInWords } from "../state/keyboard.ts";
import { wantNotices } from "../state/notify.ts";
import { letterKeys, notices, type Theme, theme } from "../state/preferences.ts";

const groups = ["Go to", "Agents", "List", "Page"] as const;
const themes: readonly Theme[] = ["system", "light", "dark"];

/** Every key, and what the page remembers of this person. */
export function HelpDialog() {
  return (
    <Dialog title="Keys" class="help">
      <div class="help-groups">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {group === "Agents" && <Line keys="1 … 9" title="Answer its question with this choice" />}
              {commands
                .filter((command) => command.group === group && command.keys !== undefined)
                .map(({ keys = "", title }) => (
                  <Line key={keys} keys={keys} title={title} />
                ))}
            </dl>
          </section>
        ))}
      </div>
      <div class="help-foot">
        <label>
          <input
            type="checkbox"
            checked={letterKeys.value === "on"}
            onChange={(event) => {
              letterKeys.value = event.currentTarget.checked ? "on" : "off";
            }}
          />
          Keys without Ctrl or ⌘ do something
        </label>
        <label>
          <input
            type="checkbox"
            checked={notices.value === "on"}
            onChange={(event) => void wantNotices(event.currentTarget.checked)}
          />
          Tell me when an agent needs me
        </label>
        <fieldset class="segments">
          <legend class="unseen">Look</legend>
          {themes.map((value) => (
            <label key={value}>
              <input
                type="radio"
                name="theme"
                checked={theme.value === value}
                onChange={() => {
                  theme.value = value;
                }}
              />
              <span>{value}</span>
            </label>
          ))}
        </fieldset>
      </div>
    </Dialog>
  );
}

function Line({ keys, title }: { readonly keys: string; readonly title: string }) {
  return (
    <div>
      <dt>
        {keys.split(" ").map((key) => (
          <kbd key={key}>{keysInWords(key)}</kbd>
        ))}
      </dt>
      <dd>{title}</dd>
    </div>
  );
}
