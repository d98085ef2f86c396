/** The public surface of the core. */
export * from "./assert";
export * from "./codec";
export * from "./types";
