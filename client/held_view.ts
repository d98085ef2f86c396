import { type MembershipView, membershipViewSchema } from "../protocol/membership";

/** Where a view survives a reload; undefined where the browser offers nothing. */
export type HeldStorage = Pick<Storage, "getItem" | "setItem"> | undefined;

/** The fragment's name for a view carried to another node's console, which has a storage of its own. */
const FRAGMENT = "held=";
/** Views beyond this many characters are not carried in an address. */
const FRAGMENT_LENGTH_MAX = 4000;

function storageKey(cluster: string): string {
  return `rollcall.held.${cluster}`;
}

function readView(text: string | null | undefined): MembershipView | undefined {
  if (!text) return undefined;
  try {
    const parsed = membershipViewSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The view this tab last held of the cluster; undefined if there is none, or it cannot be read. */
export function readHeld(storage: HeldStorage, cluster: string): MembershipView | undefined {
  try {
    return readView(storage?.getItem(storageKey(cluster)));
  } catch {
    return undefined;
  }
}

/** Keeps a view for after a reload. A full or forbidden storage costs only that. */
export function writeHeld(storage: HeldStorage, cluster: string, view: MembershipView): void {
  try {
    storage?.setItem(storageKey(cluster), JSON.stringify(view));
  } catch {
    // Nothing to do: the next page says "before you opened this page" instead of the difference.
  }
}

/** The fragment, "#" included, that carries a view to another console; "" for none, or one that is too large. */
export function heldFragment(view: MembershipView | undefined): string {
  if (view === undefined) return "";
  const text = `#${FRAGMENT}${encodeURIComponent(JSON.stringify(view))}`;
  return text.length > FRAGMENT_LENGTH_MAX ? "" : text;
}

/** Reads a carried view; undefined where the fragment holds none. */
export function parseHeldFragment(hash: string): MembershipView | undefined {
  if (!hash.startsWith(`#${FRAGMENT}`)) return undefined;
  try {
    return readView(decodeURIComponent(hash.slice(FRAGMENT.length + 1)));
  } catch {
    return undefined;
  }
}

/** Of a stored and a carried view the newer one; the carried one where they do not compare. */
export function newerView(
  stored: MembershipView | undefined,
  carried: MembershipView | undefined,
): MembershipView | undefined {
  if (stored === undefined || carried === undefined) return carried ?? stored;
  if (stored.epoch !== carried.epoch) return carried;
  return stored.snapshot.committedIndex > carried.snapshot.committedIndex ? stored : carried;
}
