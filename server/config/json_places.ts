/** Where something stands in a text; both from 1. Columns count UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A path into a JSON value: keys and positions. */
export type JsonPath = readonly (string | number)[];

/** A JSON text as read, with where everything in it stands. */
export interface PlacedJson {
  readonly value: unknown;
  /** Where a value stands; of a path that is not there, the nearest part of it that is. */
  placeOf(path: JsonPath): Place;
  /** Where a key stands. */
  placeOfKey(path: JsonPath): Place;
  /** Keys that stand twice in one object: every one after the first. */
  readonly repeated: readonly { readonly path: JsonPath; readonly place: Place }[];
}

/** Why a text is no JSON, and where. */
export interface JsonFault {
  readonly message: string;
  readonly place: Place;
}

/** Objects and lists in each other; deeper is refused. */
const DEPTH_MAX = 64;

/**
 * Reads JSON (RFC 8259) and remembers where each value and key stands. `JSON.parse` says neither, and lets the last of two equal
 * keys win in silence.
 */
export function readPlacedJson(text: string): PlacedJson | JsonFault {
  const reader = new Reader(text);
  try {
    const value = reader.document();
    return {
      value,
      placeOf: (path) => placeAt(text, nearest(reader.values, path)),
      placeOfKey: (path) => placeAt(text, reader.keys.get(pathName(path)) ?? nearest(reader.values, path)),
      repeated: reader.repeated.map(({ path, offset }) => ({ path, place: placeAt(text, offset) })),
    };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { message: error.message, place: placeAt(text, error.offset) };
  }
}

class Unreadable extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

function pathName(path: JsonPath): string {
  return JSON.stringify(path);
}

function nearest(offsets: ReadonlyMap<string, number>, path: JsonPath): number {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsets.get(pathName(path.slice(0, length)));
    if (offset !== undefined) return offset;
  }
  return offsets.get(pathName([])) ?? 0;
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

class Reader {
  readonly values = new Map<string, number>();
  readonly keys = new Map<string, number>();
  readonly repeated: { readonly path: JsonPath; readonly offset: number }[] = [];
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  document(): unknown {
    if (this.text.charCodeAt(0) === 0xfeff) this.at = 1;
    const value = this.value([]);
    this.space();
    if (this.at < this.text.length) throw this.unexpected("the end of the file");
    return value;
  }

  private value(path: JsonPath): unknown {
    this.space();
    if (path.length > DEPTH_MAX) throw new Unreadable(`More than ${DEPTH_MAX} levels deep`, this.at);
    this.values.set(pathName(path), this.at);
    const first = this.text[this.at];
    if (first === "{") return this.object(path);
    if (first === "[") return this.list(path);
    if (first === '"') return this.string();
    const word = /[-+.\w]+/y;
    word.lastIndex = this.at;
    const found = word.exec(this.text)?.[0];
    if (found === undefined) throw this.unexpected("a value");
    try {
      const value: unknown = JSON.parse(found);
      this.at += found.length;
      return value;
    } catch {
      throw new Unreadable(`${found} is no JSON value; text stands in double quotes`, this.at);
    }
  }

  private object(path: JsonPath): unknown {
    const object: Record<string, unknown> = {};
    this.at += 1;
    if (this.takes("}")) return object;
    for (;;) {
      this.space();
      const offset = this.at;
      if (this.text[offset] !== '"') throw this.unexpected("a key in double quotes");
      const key = this.string();
      const inner = [...path, key];
      if (!this.takes(":")) throw this.unexpected(`":" after the key ${JSON.stringify(key)}`);
      if (Object.hasOwn(object, key)) this.repeated.push({ path: inner, offset });
      this.keys.set(pathName(inner), offset);
      const value = this.value(inner);
      // A key such as "__proto__" is a key like any other.
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      if (this.takes("}")) return object;
      if (!this.takes(",")) throw this.unexpected('"," or "}"');
    }
  }

  private list(path: JsonPath): unknown {
    const list: unknown[] = [];
    this.at += 1;
    if (this.takes("]")) return list;
    for (;;) {
      list.push(this.value([...path, list.length]));
      if (this.takes("]")) return list;
      if (!this.takes(",")) throw this.unexpected('"," or "]"');
    }
  }

  private string(): string {
    const start = this.at;
    const whole = /"(?:[^"\\\n]|\\.)*"/y;
    whole.lastIndex = start;
    const found = whole.exec(this.text)?.[0];
    if (found === undefined) throw new Unreadable("This text has no closing double quote", start);
    try {
      const text: unknown = JSON.parse(found);
      this.at += found.length;
      return String(text);
    } catch {
      throw new Unreadable("This text holds a character or an escape that JSON does not know", start);
    }
  }

  private takes(mark: string): boolean {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  private space(): void {
    const space = /[ \t\r\n]*/y;
    space.lastIndex = this.at;
    this.at += space.exec(this.text)?.[0].length ?? 0;
  }

  private unexpected(wanted: string): Unreadable {
    const found = this.text[this.at];
    if (found === undefined) return new Unreadable(`The file ends where ${wanted} was expected`, this.at);
    const comment = found === "/" || found === "#" ? "; JSON knows no comments" : "";
    const trailing = found === "}" || found === "]" ? "; a comma too many before it?" : "";
    return new Unreadable(
      `${JSON.stringify(found)} stands where ${wanted} was expected${comment}${trailing}`,
      this.at,
    );
  }
}
