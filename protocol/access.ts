import { z } from "zod";

/** What a caller may do: look, or look and change. */
const roleSchema = z.enum(["viewer", "operator"]);
export type Role = z.infer<typeof roleSchema>;

/** Why a viewer cannot act, wherever an action is offered. */
export const VIEWER_ROLE = "Viewer role.";
/** Why nobody can act at a console that was started to show only. */
export const READ_ONLY_CONSOLE = "This console is read-only.";
/** Why nobody can act on one of its clusters. */
export const READ_ONLY_CLUSTER = "This cluster is attached read-only.";

/** `GET /api/session`: whether this console asks for credentials, and who the caller is to it. */
export const accessSchema = z.object({
  /** Without a token nothing is shown here. */
  required: z.boolean(),
  /** Null: nobody it knows. */
  role: roleSchema.nullable(),
  /** Whom the caller's changes are recorded for. */
  actor: z.string().nullable(),
  /** By a session that can be ended here. */
  signedIn: z.boolean(),
});
export type Access = z.infer<typeof accessSchema>;

/** `POST /api/session`: a token in exchange for a session. */
export const signInBodySchema = z.strictObject({ token: z.string().min(1).max(512) });
