import { type ServerFrame, STREAM_VERSION, serverFrameSchema } from "../protocol/frames";
import { type MemberStatus, memberStatusSchema } from "../protocol/status";

/** Members read at once: a few milliseconds, also where a browser reads its first ones with code it has not compiled yet. */
export const MEMBERS_AT_ONCE = 150;

/** What became of what was received; undefined: it was not understood. */
export type Read = ServerFrame | "other-version" | undefined;

/** Reads what was received. Yields where reading a large frame may pause: that of a thousand members is long work. */
export function* readFrame(data: unknown): Generator<void, Read> {
  if (typeof data !== "string") return undefined;
  let raw: unknown;
  try {
    raw = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (isOtherVersion(raw)) return "other-version";
  if (!isLongStatus(raw)) return parse(raw);
  yield;
  const frame = parse({ ...raw, members: [] });
  if (frame?.type !== "status") return undefined;
  const members: MemberStatus[] = [];
  for (let from = 0; from < raw.members.length; from += MEMBERS_AT_ONCE) {
    yield;
    for (const member of raw.members.slice(from, from + MEMBERS_AT_ONCE)) {
      const parsed = memberStatusSchema.safeParse(member);
      if (!parsed.success) return undefined;
      members.push(parsed.data);
    }
  }
  return { ...frame, members };
}

function parse(raw: unknown): ServerFrame | undefined {
  const parsed = serverFrameSchema.safeParse(raw);
  return parsed.success ? parsed.data : undefined;
}

function isLongStatus(raw: unknown): raw is { readonly members: readonly unknown[] } {
  if (typeof raw !== "object" || raw === null || !("type" in raw) || raw.type !== "status") return false;
  return "members" in raw && Array.isArray(raw.members) && raw.members.length > MEMBERS_AT_ONCE;
}

function isOtherVersion(raw: unknown): boolean {
  if (typeof raw !== "object" || raw === null || !("type" in raw) || raw.type !== "hello") return false;
  return "version" in raw && typeof raw.version === "number" && raw.version !== STREAM_VERSION;
}
