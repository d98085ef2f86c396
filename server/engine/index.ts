/** The embedded engine, for any Node program: what `rollcall/engine` exports. Importing it starts nothing. */
export type { NodeId } from "../raft/types";
export { EmbeddedEngine } from "./embedded_engine";
export { formNode } from "./form";
export { type JoinOptions, redeemJoinToken } from "./join";
export type * from "./types";
