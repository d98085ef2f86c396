/** Lets at most so many pieces of work run at the same time; what is beyond that is refused at once, never queued. */
export class Slots {
  private taken = 0;
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  /** Runs `work`, or `refused` when every slot is taken. */
  async run<T>(work: () => Promise<T>, refused: () => T): Promise<T> {
    if (this.taken >= this.max) return refused();
    this.taken += 1;
    try {
      return await work();
    } finally {
      this.taken -= 1;
    }
  }
}
