import { type Problem, problem } from "../../protocol/problem";

/** Requests whose first answer is remembered; the oldest goes first. */
const REMEMBERED_MAX = 256;

interface Remembered<T> {
  /** What was asked, so that another request under the same id is told from a repeat. */
  readonly asked: string;
  readonly answer: Promise<T>;
  /** Whether the answer is there; a request under way is never forgotten. */
  answered: boolean;
}

/**
 * Gives a repeated request its first answer, also while that is still being worked out. The engine does so for what reached the
 * log; this does it for what happens around it, so that a repeat starts no second process. A request that certainly did nothing
 * is forgotten: it may be tried again.
 */
export class RequestMemory<T> {
  private readonly requests = new Map<string, Remembered<T>>();

  /** Runs `work` unless `requestId` ran already. `lasting`: whether its answer is kept. A problem: the id is another request's. */
  async run(
    requestId: string,
    asked: string,
    work: () => Promise<T>,
    lasting: (answer: T) => boolean,
  ): Promise<T | Problem> {
    const known = this.requests.get(requestId);
    if (known !== undefined) {
      if (known.asked === asked) return known.answer;
      const detail = `Request id ${requestId} was used for another request here; nothing was done. Use a new one.`;
      return problem("request-id-reused", detail);
    }
    const entry = { asked, answer: work(), answered: false };
    this.requests.set(requestId, entry);
    try {
      const value = await entry.answer;
      if (!lasting(value)) this.requests.delete(requestId);
      entry.answered = true;
      this.trim();
      return value;
    } catch (error) {
      this.requests.delete(requestId);
      throw error;
    }
  }

  private trim(): void {
    for (const [requestId, { answered }] of this.requests) {
      if (this.requests.size <= REMEMBERED_MAX) return;
      if (answered) this.requests.delete(requestId);
    }
  }
}
