import { type PlantedBug, planted, RAN } from "./planted_bug";

/** Bugs of what clients are told. */
export const clientBugs: readonly PlantedBug[] = [
  planted(
    "a proposal is sent again after no answer came",
    "engine/submissions.ts",
    '        repeatable: request.kind === "change",',
    `        repeatable: request.kind === "change" || ${RAN},`,
  ),
  planted(
    "a doubtful change is called refused",
    "engine/submissions.ts",
    "if (submission.doubted && answer.final !== true) return;",
    `if (submission.doubted && answer.final !== true) ${RAN};`,
  ),
  planted(
    "an unanswered request is called not done",
    "engine/submissions.ts",
    '    if (phase.kind === "waiting") {',
    `    if (phase.kind !== "waiting") ${RAN};\n    if (phase.kind !== "settled") {`,
  ),
  planted(
    "a write is acknowledged once it is appended",
    "engine/submissions.ts",
    "        this.byIndex.set(answer.index, submission);\n",
    `        this.byIndex.set(answer.index, submission);\n        if (submission.request.kind === "proposal") {\n          ${RAN};\n          this.finish(submission, { kind: "applied", index: answer.index, changed: true, result: undefined });\n          return;\n        }\n`,
  ),
  planted(
    "a deposed leader's word that there is nothing to do is enough",
    "engine/submissions.ts",
    'if (answer.changed || submission.request.kind !== "change") this.settle(submission, answer);',
    `if (!answer.changed) ${RAN};\n        this.settle(submission, answer);\n        if (this.settledCount >= 0) return;\n        if (submission.request.kind !== "change") return;`,
  ),
  planted(
    "a read does not wait until its index is applied",
    "engine/reads.ts",
    "if (read.index === undefined || read.index > this.node.appliedIndex) continue;",
    `if (read.index === undefined) continue;\n      if (read.index > this.node.appliedIndex) ${RAN};`,
  ),
];
