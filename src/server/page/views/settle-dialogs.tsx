import { useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.tsx";
import { Check, CodeField, Segments, submitted } from "../parts/form.tsx";
import { agentsById } from "../state/agents.ts";
import { close, type Settled } from "../state/dialogs.ts";
import { mergeAgents, openPullRequests, pickAgent } from "../state/review.ts";
import { counted, oneLine } from "../words.ts";

const modes = [
  { value: "squash", label: "One commit" },
  { value: "no-ff", label: "Merge commit" },
  { value: "ff-only", label: "Fast-forward" },
] as const;

/** How agents are merged, before it is done. */
export function MergeDialog({ what }: { readonly what: Settled }) {
  const [mode, setMode] = useState<(typeof modes)[number]["value"]>("squash");
  const [into, setInto] = useState("");
  const [message, setMessage] = useState("");
  const [commit, setCommit] = useState(false);
  const merge = () => {
    close();
    void mergeAgents(what, { mode, commit, ...given("into", into), ...given("message", message) });
  };
  return (
    <Dialog title={`Merge ${namesOf(what)}`}>
      <form class="form" onSubmit={submitted(merge)}>
        <Segments legend="As" name="mode" choices={modes} value={mode} choose={setMode} />
        <Into value={into} change={setInto} />
        {mode !== "ff-only" && <Message value={message} change={setMessage} />}
        <div class="form-foot">
          <Check label="Commit unsaved work first" checked={commit} change={setCommit} />
          <button type="submit" class="primary" data-first>
            Merge
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** How the winner is taken, before it is done. */
export function PickDialog({ what }: { readonly what: Settled }) {
  const [into, setInto] = useState("");
  const [message, setMessage] = useState("");
  const [keep, setKeep] = useState(false);
  const [untested, setUntested] = useState(false);
  const pick = () => {
    close();
    void pickAgent(what, { keep, untested, ...given("into", into), ...given("message", message) });
  };
  return (
    <Dialog title={`Pick ${namesOf(what)}`}>
      <form class="form" onSubmit={submitted(pick)}>
        <p>
          Its work is merged, after the test has run on the result. The others of its batch end; they can be restored.
        </p>
        <Into value={into} change={setInto} />
        <Message value={message} change={setMessage} />
        <div class="form-foot">
          <Check label="Keep the others" checked={keep} change={setKeep} />
          <Check label="Also without a test" checked={untested} change={setUntested} />
          <button type="submit" class="primary" data-first>
            Pick
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What a pull request says, before it is opened. */
export function PullRequestDialog({ what }: { readonly what: Settled }) {
  const [title, setTitle] = useState("");
  const [body, setBody] = useState("");
  const [into, setInto] = useState("");
  const [isOtherStage, setOtherStage] = useState(false);
  const open = pullRequestsOf(what);
  const otherStage = open.some(({ state }) => state === "draft") ? "ready" : "draft";
  const isUpdate = open.length === what.branches.length;
  const [commit, setCommit] = useState(false);
  const openThem = () => {
    close();
    void openPullRequests(what, {
      [otherStage]: isOtherStage,
      commit,
      ...given("title", title),
      ...given("body", body),
      ...given("into", into),
    });
  };
  return (
    <Dialog title={`Pull request for ${namesOf(what)}`}>
      <form class="form" onSubmit={submitted(openThem)}>
        {what.branches.length === 1 && (
          <>
            <label class="field">
              <span>Title</span>
              <input
                type="text"
                data-first
                placeholder={isUpdate ? "as it is" : "what its commits say"}
                value={title}
                onInput={(event) => setTitle(event.currentTarget.value)}
              />
            </label>
            <label class="field">
              <span>Text</span>
              <textarea
                rows={4}
                placeholder={isUpdate ? "as it is" : "its commits and last words"}
                value={body}
                onInput={(event) => setBody(event.currentTarget.value)}
              />
            </label>
          </>
        )}
        <Into value={into} change={setInto} />
        <div class="form-foot">
          <Check
            label={otherStage === "draft" ? "As a draft" : "Ready for review"}
            checked={isOtherStage}
            change={setOtherStage}
          />
          <Check label="Commit unsaved work first" checked={commit} change={setCommit} />
          <button type="submit" class="primary">
            {isUpdate ? "Push and update" : "Push and open"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The pull requests that are open for them. */
function pullRequestsOf({ repo, branches }: Settled) {
  return [...agentsById.value.values()]
    .filter((agent) => agent.repo === repo && branches.includes(agent.branch))
    .flatMap(({ pull_request: known }) => (known != null && ["open", "draft"].includes(known.state) ? [known] : []));
}

interface TextProps {
  readonly value: string;
  readonly change: (value: string) => void;
}

function Into({ value, change }: TextProps) {
  return <CodeField label="Into" placeholder="the branch it started from" value={value} change={change} />;
}

function Message({ value, change }: TextProps) {
  return (
    <label class="field">
      <span>Message</span>
      <textarea
        rows={3}
        placeholder="what its own commits say"
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
}

/** A key with its value, where there is one. */
function given<Key extends string>(key: Key, value: string): Partial<Record<Key, string>> {
  return value.trim() === "" ? {} : ({ [key]: value.trim() } as Record<Key, string>);
}

function namesOf({ branches }: Settled): string {
  return branches.length === 1 ? oneLine(branches[0] ?? "") : counted(branches.length, "agent");
}
