import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../connection/call.ts";
import { submitted } from "../parts/form.tsx";
import { answerAgent, isAnswered } from "../state/actions.ts";
import { noteQuestion, occasionOf, type Question, questionOf } from "../state/agents.ts";
import { questionWanted } from "../state/chosen.ts";
import { can } from "../state/server.ts";
import type { Agent } from "../wire.ts";
import { oneLine, shown } from "../words.ts";

interface QuestionPanelProps {
  readonly agent: Agent;
  /** All lines of it are read from its screen; else it is shown as the list has it. */
  readonly whole: boolean;
  /** The agent is what is open: its question gets the keyboard when one has come for it. */
  readonly isOpen?: boolean;
}

/** What an agent asks, to be answered with one key or one tap; nothing when it asks nothing. */
export function QuestionPanel({ agent, whole, isOpen = false }: QuestionPanelProps) {
  const question = useQuestion(agent, whole);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!isOpen || panel.current === null || questionWanted.value !== agent.id) return;
    questionWanted.value = undefined;
    panel.current.focus();
  }, [isOpen, agent.id, question === undefined, questionWanted.value]);
  if (question === undefined) return null;
  const off = isAnswered(agent) || !can("answer");
  return (
    <section ref={panel} class="question" tabIndex={-1} aria-label={`Question of ${oneLine(agent.branch)}`}>
      <p class="question-text">
        <bdi>{shown(question.text)}</bdi>
      </p>
      {question.choices.length > 0 ? (
        <ol class="choices">
          {question.choices.map((choice, index) => (
            <li key={choice}>
              <button type="button" disabled={off} onClick={() => void answerAgent(agent, choice)}>
                <kbd>{index + 1}</kbd>
                <bdi>{shown(choice)}</bdi>
              </button>
            </li>
          ))}
        </ol>
      ) : (
        <FreeAnswer agent={agent} off={off} />
      )}
      {isAnswered(agent) && (
        <p class="question-note" role="status">
          Answered; it goes on.
        </p>
      )}
    </section>
  );
}

/** Reads all lines of its question from its screen, once for each that it asks. */
function useQuestion(agent: Agent, whole: boolean): Question | undefined {
  useEffect(() => {
    const own = { wanted: true };
    if (agent.status !== "waiting" || !whole) return;
    call("question", { target: agent.branch }, { directory: agent.repo }).then(
      ({ agents: [first] }) => own.wanted && first !== undefined && noteQuestion(agent, first.question),
      // The list has said what it asks; that it cannot be read from its screen the answer will tell.
      () => undefined,
    );
    return () => {
      own.wanted = false;
    };
  }, [agent.id, occasionOf(agent), whole]);
  return questionOf(agent);
}

function FreeAnswer({ agent, off }: { readonly agent: Agent; readonly off: boolean }) {
  const [text, setText] = useState("");
  const send = () => {
    if (text.trim() !== "") void answerAgent(agent, text);
  };
  return (
    <form class="free-answer" onSubmit={submitted(send)}>
      <input
        type="text"
        aria-label={`Answer to ${oneLine(agent.branch)}`}
        placeholder="Your answer"
        value={text}
        disabled={off}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="primary" disabled={off || text.trim() === ""}>
        Answer
      </button>
    </form>
  );
}
