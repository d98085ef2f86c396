/** Bounds of the gateway. What is past one is refused or cut off; nothing grows with what a client sends. */

export const BODY_BYTES_MAX = 64 * 1024;
/** Of a body that is too large this much is read and thrown away, so that the client gets to read the refusal. */
export const DISCARD_BYTES_MAX = 1024 * 1024;
export const HEADER_BYTES_MAX = 16 * 1024;
export const CONNECTIONS_MAX = 1024;
export const REQUESTS_MAX = 256;
/** Changes being worked on at the same time. */
export const ACTIONS_MAX = 32;
export const HEADERS_TIMEOUT_MS = 10_000;
export const REQUEST_TIMEOUT_MS = 15_000;
export const KEEP_ALIVE_MS = 5000;
/** A connection that moves no byte for this long is closed; longer than any change may wait. */
export const IDLE_MS = 120_000;
/** How long `close` lets requests and streams end by themselves. */
export const DRAIN_MS = 3000;

/** A session of a browser ends after this long; its page then asks for the token again. */
export const SESSION_MS = 12 * 60 * 60 * 1000;

/** Wrong tokens an address may show at once; then one more each `GUESS_EVERY_MS`. */
export const GUESSES_MAX = 10;
export const GUESS_EVERY_MS = 5000;
/** The same over all addresses. */
export const ALL_GUESSES_MAX = 200;
export const ANY_GUESS_EVERY_MS = 500;
/** Addresses whose wrong tokens are counted, and right credentials that are let through however many wrong ones come. */
export const GUESSING_ADDRESSES_MAX = 1024;
export const KNOWN_CREDENTIALS_MAX = 256;

export const STREAM_CLIENTS_MAX = 256;
export const STREAM_MESSAGE_BYTES_MAX = 1024;
/** Above this a client's frames wait in its slots, where newer ones overwrite older ones. */
export const HIGH_WATER_BYTES = 64 * 1024;
/** A client above this for `HARD_CAP_MS` is sent away. */
export const HARD_CAP_BYTES = 1024 * 1024;
export const HARD_CAP_MS = 30_000;
/** Status and machine frames come at most this often. */
export const STATUS_FRAME_MS = 500;
export const PING_EVERY_MS = 30_000;
/** A closing handshake that takes longer is cut off. */
export const CLOSE_TIMEOUT_MS = 2000;

export const PAGES_BYTES_MAX = 64 * 1024 * 1024;
