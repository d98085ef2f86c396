import { expect, test } from "vitest";
import { nearest } from "../config/nearest";
import { parseArguments, type Syntax, wholeNumber } from "./arguments";

const syntax: Syntax = {
  operands: [
    { name: "MEMBER", help: "Who.", check: (text) => (text === "bad" ? "must be good" : undefined) },
  ],
  options: {
    port: { value: "PORT", help: "", check: wholeNumber(1, 65_535), env: "APP_PORT" },
    name: { value: "NAME", help: "" },
    json: { help: "", env: "APP_JSON" },
  },
};

function fault(...words: string[]): string {
  const parsed = parseArguments(syntax, words);
  if (typeof parsed === "string" || !("usage" in parsed)) throw new Error("it was accepted");
  return parsed.usage;
}

test("flags, values and words are told apart, wherever they stand", () => {
  const parsed = parseArguments(syntax, ["--port=80", "n4", "--json", "--name", "blue"]);
  expect(parsed).toEqual({
    operands: ["n4"],
    text: { port: "80", name: "blue" },
    flags: new Set(["json"]),
  });
});

test("what follows -- is a word", () => {
  const parsed = parseArguments(syntax, ["--", "--json"]);
  expect(parsed).toMatchObject({ operands: ["--json"] });
});

test("help wins over whatever else is wrong", () => {
  expect(parseArguments(syntax, ["--nonsense", "-h"])).toBe("help");
  expect(parseArguments(syntax, ["--help"])).toBe("help");
});

test("every fault names the flag or the word", () => {
  expect(fault("n4", "--prot", "3")).toBe("There is no flag --prot; did you mean --port?");
  expect(fault("n4", "--zzzzzzzz")).toBe("There is no flag --zzzzzzzz.");
  expect(fault("n4", "-x")).toContain("There is no flag -x");
  expect(fault("n4", "--port")).toBe("--port needs a value: --port PORT.");
  expect(fault("n4", "--port", "--json")).toBe("--port needs a value: --port PORT.");
  expect(fault("n4", "--port=")).toBe("--port needs a value: --port PORT.");
  expect(fault("n4", "--port", "70000")).toContain("--port must be a whole number from 1 to 65535");
  expect(fault("n4", "--json=yes")).toBe("--json takes no value.");
  expect(fault("n4", "--port", "1", "--port", "2")).toBe("--port is given twice.");
  expect(fault()).toBe("MEMBER is missing: Who.");
  expect(fault("bad")).toBe('MEMBER must be good; it was "bad".');
  expect(fault("n4", "n5")).toBe('"n5" is one word too many.');
  expect(fault("n4", "--__proto__", "x")).toContain("There is no flag");
  expect(fault("n4", "--toString")).toContain("There is no flag");
});

test("whole numbers are digits within their bounds", () => {
  const check = wholeNumber(1, 9);
  expect(["1", "9", "05"].map(check)).toEqual([undefined, undefined, undefined]);
  for (const text of ["0", "10", "", "-1", "1.5", "1e1", "0x1", " 1"]) expect(check(text)).toBeDefined();
});

test("the nearest word is offered only when it is near", () => {
  const words = ["promote", "demote", "remove", "members"];
  expect(nearest("promot", words)).toBe("promote");
  expect(nearest("mebmers", words)).toBe("members");
  expect(nearest("mem", words)).toBe("members");
  expect(nearest("xyz", words)).toBeUndefined();
});

test("the environment stands for flags that are not given, under the same checks", () => {
  const read = (env: Record<string, string>, ...words: string[]) =>
    parseArguments(syntax, ["n4", ...words], env);
  expect(read({ APP_PORT: "80", APP_JSON: "1", APP_NAME: "blue" })).toEqual({
    operands: ["n4"],
    text: { port: "80" },
    flags: new Set(["json"]),
  });
  expect(read({ APP_PORT: "80", APP_JSON: "false" }, "--port", "81")).toMatchObject({
    text: { port: "81" },
    flags: new Set(),
  });
  expect(read({ APP_PORT: "", APP_JSON: " " })).toMatchObject({ text: {}, flags: new Set() });
  expect(read({ APP_PORT: "99999" })).toMatchObject({ usage: expect.stringMatching(/^APP_PORT must be/) });
  expect(read({ APP_JSON: "yes" })).toMatchObject({
    usage: expect.stringMatching(/^APP_JSON must be 1 or 0/),
  });
});
