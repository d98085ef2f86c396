import { z } from "zod";
import { memberIdSchema } from "./membership";
import { type ProblemCode, problemCatalogue } from "./problem";

const countsSchema = z.object({
  voters: z.number().int().min(0),
  quorum: z.number().int().min(1),
  healthy: z.number().int().min(0),
  /** Healthy voters beyond quorum, never below 0. */
  canLose: z.number().int().min(0),
});
/** One column of a dialog's table; of joint halves the worse. */
export type AssessmentCounts = z.infer<typeof countsSchema>;

const verdictSchema = z.object({ ok: z.boolean(), sentence: z.string() });

/**
 * How much friction a change deserves. confirm: one button. summary: with the table. summary-warning: with a warning.
 * type-name: the target's name is typed. refused: it is not made.
 */
export const riskSchema = z.enum(["confirm", "summary", "summary-warning", "type-name", "refused"]);
export type Risk = z.infer<typeof riskSchema>;

/** Something else worth doing, offered beside or instead of the change. */
export const alternativeSchema = z.object({
  kind: z.enum(["start", "remove", "transfer", "replace", "add-learner"]),
  id: memberIdSchema.optional(),
  label: z.string(),
});
export type Alternative = z.infer<typeof alternativeSchema>;

/** The answer of `POST /api/clusters/{c}/assess`, and what every dialog shows. */
export const assessmentSchema = z.object({
  before: countsSchema,
  after: countsSchema,
  canCommit: verdictSchema,
  safe: verdictSchema,
  risk: riskSchema,
  /** What has to be typed, with risk `type-name`. */
  typeName: z.string().optional(),
  /** Why it is refused, with risk `refused`. */
  refusal: z
    .object({
      code: z.enum(Object.keys(problemCatalogue) as [ProblemCode, ...ProblemCode[]]),
      sentence: z.string(),
    })
    .optional(),
  /** Present where a refusal for lost quorum could be forced, at a console that allows it: what to type, and what follows. */
  force: z.object({ typeName: z.string(), sentence: z.string() }).optional(),
  notes: z.array(z.string()),
  alternatives: z.array(alternativeSchema),
  /** Title, first sentence and button of the dialog. */
  dialog: z.object({
    title: z.string(),
    lead: z.string().optional(),
    primary: z.string(),
    /** The primary button is a dangerous one. */
    danger: z.boolean(),
  }),
});
export type Assessment = z.infer<typeof assessmentSchema>;
