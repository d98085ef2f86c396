import { createHash } from "node:crypto";
import {
  ALL_GUESSES_MAX,
  ANY_GUESS_EVERY_MS,
  GUESS_EVERY_MS,
  GUESSES_MAX,
  GUESSING_ADDRESSES_MAX,
  KNOWN_CREDENTIALS_MAX,
} from "./limits";

/** Room for so many guesses at once; one more comes free every `everyMs`. */
class Room {
  private readonly max: number;
  private readonly everyMs: number;
  private taken = 0;
  private at = 0;

  constructor(max: number, everyMs: number) {
    this.max = max;
    this.everyMs = everyMs;
  }

  /** How long (ms) until there is room; 0: there is. */
  wait(now: number): number {
    this.free(now);
    return this.taken < this.max ? 0 : this.at + this.everyMs - now;
  }

  take(now: number): void {
    this.free(now);
    if (this.taken === 0) this.at = now;
    this.taken += 1;
  }

  private free(now: number): void {
    const freed = Math.min(this.taken, Math.floor((now - this.at) / this.everyMs));
    this.taken -= freed;
    this.at += freed * this.everyMs;
  }
}

interface Guesser {
  readonly room: Room;
  /** Digests of its last wrong credentials. */
  readonly wrong: Set<string>;
}

/**
 * Slows down whoever tries out tokens, by the address he comes from and over all addresses. While somebody has to wait, what he shows is
 * not judged at all, right or wrong, so that waiting tells nothing. A credential that was right before is always let through: behind
 * one address there may be many callers, and a guesser must not shut them out. The same wrong one again is no new guess: pages and
 * programs repeat an old one for as long as they run. Nothing here grows with what is sent.
 */
export class GuessLimit {
  private readonly now: () => number;
  private readonly all = new Room(ALL_GUESSES_MAX, ANY_GUESS_EVERY_MS);
  /** Least recently heard of first. */
  private readonly guessers = new Map<string, Guesser>();
  private readonly known = new Set<string>();

  /** `now`: ms on a clock that never goes back. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** Ms until a credential from this address is judged; 0: it may be now. `right`: whether it is one the console knows. */
  weigh(address: string, credential: string, right: boolean): number {
    const digest = digestOf(credential);
    const guesser = this.guessers.get(address);
    if (right ? this.known.has(digest) : guesser?.wrong.has(digest)) return 0;
    const now = this.now();
    const wait = Math.max(guesser?.room.wait(now) ?? 0, this.all.wait(now));
    if (wait > 0) return wait;
    if (right) {
      keep(this.known, digest, KNOWN_CREDENTIALS_MAX);
      return 0;
    }
    const { room, wrong } = this.guesserAt(address);
    room.take(now);
    this.all.take(now);
    keep(wrong, digest, GUESSES_MAX);
    return 0;
  }

  /** A credential that was given out just now. */
  trust(credential: string): void {
    keep(this.known, digestOf(credential), KNOWN_CREDENTIALS_MAX);
  }

  private guesserAt(address: string): Guesser {
    const known = this.guessers.get(address);
    const guesser = known ?? { room: new Room(GUESSES_MAX, GUESS_EVERY_MS), wrong: new Set() };
    this.guessers.delete(address);
    this.guessers.set(address, guesser);
    if (this.guessers.size > GUESSING_ADDRESSES_MAX) dropFirst(this.guessers);
    return guesser;
  }
}

/** Not the credential itself: nothing that could be used is kept. */
function digestOf(credential: string): string {
  return createHash("sha256").update(credential).digest("base64");
}

function keep(set: Set<string>, value: string, max: number): void {
  set.add(value);
  if (set.size > max) dropFirst(set);
}

function dropFirst(of: { keys(): IterableIterator<string>; delete(key: string): boolean }): void {
  for (const key of of.keys()) {
    of.delete(key);
    return;
  }
}
