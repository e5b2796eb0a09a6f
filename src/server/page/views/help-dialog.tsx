import { Dialog } from "../parts/dialog.tsx";
import { Check, Segments } from "../parts/form.tsx";
import { commands } from "../state/commands.ts";
import { keysInWords } from "../state/keyboard.ts";
import { wantNotices } from "../state/notify.ts";
import { letterKeys, notices, type Theme, theme } from "../state/preferences.ts";

const groups = ["Go to", "Agents", "List", "Page"] as const;
const themes = (["system", "light", "dark"] as const).map((value) => ({ value, label: value }));

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
        <Check
          label="Keys without Ctrl or ⌘ do something"
          checked={letterKeys.value === "on"}
          change={wantLetterKeys}
        />
        <Check
          label="Tell me when an agent needs me"
          checked={notices.value === "on"}
          change={(wanted) => void wantNotices(wanted)}
        />
        <Segments legend="Look" name="theme" choices={themes} value={theme.value} choose={chooseTheme} />
      </div>
    </Dialog>
  );
}

function wantLetterKeys(wanted: boolean): void {
  letterKeys.value = wanted ? "on" : "off";
}

function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
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
