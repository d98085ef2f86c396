/** Bounds of the gateway. What is past one is refused or cut off; nothing grows with what a client sends. */

/** Of a request; larger is refused with 413. */
export const BODY_BYTES_MAX = 64 * 1024;
/** Of a body that is too large this much is read and thrown away, so that the client gets to read the refusal. */
export const DISCARD_BYTES_MAX = 1024 * 1024;
/** Of a request; larger is refused with 431. */
export const HEADER_BYTES_MAX = 16 * 1024;
/** Connections at the same time, streams included. */
export const CONNECTIONS_MAX = 1024;
/** Requests at the same time, each from when it has arrived whole. */
export const REQUESTS_MAX = 256;
/** Changes being worked on at the same time. */
export const ACTIONS_MAX = 32;
/** A request's head must have arrived by then, or it is refused with 408. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** The whole request likewise. */
export const REQUEST_TIMEOUT_MS = 15_000;
/** A connection without a request is kept this long. */
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

/** Streams at the same time, over all clusters. */
export const STREAM_CLIENTS_MAX = 256;
/** A client is to send no messages; a longer one closes the stream with 1009, any other with 1008. */
export const STREAM_MESSAGE_BYTES_MAX = 1024;
/** Above this a client's frames wait in its slots, where newer ones overwrite older ones. */
export const HIGH_WATER_BYTES = 64 * 1024;
/** A client above this for `HARD_CAP_MS` is sent away. */
export const HARD_CAP_BYTES = 1024 * 1024;
export const HARD_CAP_MS = 30_000;
/** Status and machine frames come at most this often. */
export const STATUS_FRAME_MS = 500;
/** A client that has not answered one ping by the next is cut off. */
export const PING_EVERY_MS = 30_000;
/** A closing handshake that takes longer is cut off. */
export const CLOSE_TIMEOUT_MS = 2000;

/** Files of the built page, all together, that are held in memory. */
export const PAGES_BYTES_MAX = 64 * 1024 * 1024;
