import type { Assessment } from "../../protocol/assess";
import type { ClusterState } from "../../protocol/state";
import { StateGlyph, stateText } from "../ui/glyphs";

function Answer({ question, sentence, state }: { question: string; sentence: string; state: ClusterState }) {
  return (
    <div>
      <dt className="text-muted text-small">{question}</dt>
      <dd className="flex items-start gap-1.5">
        <StateGlyph state={state} size={10} className={`mt-[5px] shrink-0 ${stateText[state]}`} />
        {sentence}
      </dd>
    </div>
  );
}

/** The two questions of every change, answered, and what else is worth knowing. */
export function Answers({ assessment }: { assessment: Assessment }) {
  const { canCommit, safe, after, before, notes } = assessment;
  const noSpare = after.canLose === 0 && after.voters !== before.voters;
  return (
    <div className="flex flex-col gap-2">
      <dl className="flex flex-col gap-2">
        <Answer
          question="Can it commit now?"
          sentence={canCommit.sentence}
          state={canCommit.ok ? "ok" : "lost"}
        />
        <Answer
          question="Is the result safe?"
          sentence={safe.sentence}
          state={!safe.ok ? "lost" : noSpare ? "at-limit" : "ok"}
        />
      </dl>
      {notes.map((note) => (
        <p key={note} className="text-secondary">
          {note}
        </p>
      ))}
    </div>
  );
}
