/** The embedded engine, for any Node program. */
export { EmbeddedEngine } from "./embedded_engine";
export { formNode } from "./form";
export { redeemJoinToken } from "./join";
export type * from "./types";
