import type { MembershipView } from "../../../protocol/membership";

/** A frame whose bytes are made when somebody first needs them, once, and shared by every client they go to. */
export class Frame {
  private readonly content: object;
  private encoded: Buffer | undefined;

  constructor(content: object) {
    this.content = content;
  }

  get bytes(): Buffer {
    this.encoded ??= Buffer.from(JSON.stringify(this.content));
    return this.encoded;
  }
}

/** The frames of one membership view: alike but for how many snapshots each stands for. */
export class MembershipFrames {
  readonly view: MembershipView;
  private readonly opening: string;
  private readonly encoded = new Map<number, Buffer>();

  constructor(cluster: string, view: MembershipView) {
    this.view = view;
    this.opening = JSON.stringify({ type: "membership", cluster, ...view }).slice(0, -1);
  }

  /** The frame for a client that missed `merged` snapshots before this one. */
  bytes(merged: number): Buffer {
    const known = this.encoded.get(merged);
    if (known !== undefined) return known;
    const bytes = Buffer.from(`${this.opening},"merged":${merged}}`);
    this.encoded.set(merged, bytes);
    return bytes;
  }
}
