import { FrameKind, type OutFrame, outFrame } from "./frame";

const ACK_BYTES = 13;

/** How far a transfer is. `refused`: it is over, nothing was handed over. */
export const AckStatus = { receiving: 0, complete: 1, refused: 2 } as const;
export type AckStatus = (typeof AckStatus)[keyof typeof AckStatus];

/** The receiver's word on a transfer: bytes of data received so far. */
export interface SnapshotAck {
  readonly id: number;
  readonly received: number;
  readonly status: AckStatus;
}

/** u32 transfer, u64 bytes received, u8 status. */
export function ackFrame(ack: SnapshotAck): OutFrame {
  const payload = Buffer.alloc(ACK_BYTES);
  payload.writeUInt32BE(ack.id, 0);
  payload.writeBigUInt64BE(BigInt(ack.received), 4);
  payload.writeUInt8(ack.status, 12);
  return outFrame(FrameKind.snapshotAck, payload);
}

/** Undefined: not an acknowledgement. */
export function readAck(payload: Buffer): SnapshotAck | undefined {
  if (payload.length !== ACK_BYTES) return undefined;
  const received = Number(payload.readBigUInt64BE(4));
  const status = Object.values(AckStatus).find((known) => known === payload.readUInt8(12));
  if (status === undefined || !Number.isSafeInteger(received)) return undefined;
  return { id: payload.readUInt32BE(0), received, status };
}
