import fc from "fast-check";
import { expect, test } from "vitest";
import { readPlacedJson } from "./json_places";

function fault(text: string) {
  const read = readPlacedJson(text);
  if (!("message" in read)) throw new Error("it was read");
  return `${read.place.line}:${read.place.column} ${read.message}`;
}

test("reads what JSON.parse reads", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 1, 2), (text, indent) => {
      const value: unknown = JSON.parse(text);
      const written = JSON.stringify(value, null, indent);
      const read = readPlacedJson(written);
      expect("value" in read && read.value).toEqual(value);
    }),
  );
});

test("refuses what JSON.parse refuses", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:1e-.tn\\ \n') }), (text) => {
      let parses = true;
      try {
        JSON.parse(text);
      } catch {
        parses = false;
      }
      expect("value" in readPlacedJson(text)).toBe(parses);
    }),
    { numRuns: 2000 },
  );
});

test("knows line and column of values, of keys, and of the nearest part of a path that is not there", () => {
  const read = readPlacedJson('{\n  "clusters": [\n    { "name": "a" }\n  ]\n}');
  if ("message" in read) throw new Error(read.message);
  expect(read.placeOf(["clusters", 0, "name"])).toEqual({ line: 3, column: 15 });
  expect(read.placeOfKey(["clusters", 0, "name"])).toEqual({ line: 3, column: 7 });
  expect(read.placeOf(["clusters", 0, "kind"])).toEqual({ line: 3, column: 5 });
});

test("says a key that stands twice, instead of letting the last one win", () => {
  const read = readPlacedJson('{"a": 1,\n "a": 2}');
  if ("message" in read) throw new Error(read.message);
  expect(read.repeated).toEqual([{ path: ["a"], place: { line: 2, column: 2 } }]);
});

test("names what is wrong with a text, and where", () => {
  expect(fault('{"a": 1,}')).toBe(
    '1:9 "}" stands where a key in double quotes was expected; a comma too many before it?',
  );
  expect(fault("{\n  // hosts\n}")).toContain("2:3");
  expect(fault("{\n  // hosts\n}")).toContain("no comments");
  expect(fault('{"a": yes}')).toBe("1:7 yes is no JSON value; text stands in double quotes");
  expect(fault('{"a": "x')).toBe("1:7 This text has no closing double quote");
  expect(fault("[1")).toBe('1:3 The file ends where "," or "]" was expected');
  expect(fault("[".repeat(200))).toContain("levels deep");
});
