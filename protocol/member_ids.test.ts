import { expect, test } from "vitest";
import { commandFor } from "./command_line";
import { idWords, parseHexId } from "./member_ids";
import { namesOf } from "./words";

const HASH = "10276657743932975437";

test("writes ids as the kind of cluster has them", () => {
  expect(idWords(HASH, "hex")).toBe("8e9e05c52164694d");
  expect(idWords(HASH, "decimal")).toBe(HASH);
  expect(idWords("16", "hex")).toBe("10");
});

test("without a format only hashes are in hex", () => {
  expect(idWords("4294967295")).toBe("4294967295");
  expect(namesOf([{ id: HASH, name: "" }])(HASH)).toBe("id 8e9e05c52164694d");
});

test("reads hex with its prefix and without, and nothing else", () => {
  expect(parseHexId("8e9e05c52164694d")).toBe(HASH);
  expect(parseHexId("0x8E9E05C52164694D")).toBe(HASH);
  for (const word of ["", "0", "0x", "n1", "-1", "1ffffffffffffffff"])
    expect(parseHexId(word)).toBeUndefined();
});

test("a command names the console and cluster where it must, and what a learner is described by", () => {
  const at = { console: "http://127.0.0.1:7400", cluster: "prod" };
  const nameOf = namesOf([{ id: HASH, name: "" }]);
  expect(commandFor({ kind: "promote", id: HASH }, '"e1:56"', nameOf, at)).toBe(
    "rollcall promote 8e9e05c52164694d --if-match e1:56 --console http://127.0.0.1:7400 --cluster prod",
  );
  const peerUrls = ["http://10.0.0.4:2380", "http://10.0.1.4:2380"];
  const learner = { kind: "add-learner" as const, id: "0", assigned: true, name: "m4", peerUrls };
  expect(commandFor(learner, "e1:56", nameOf)).toBe(
    "rollcall add-learner --peer-urls http://10.0.0.4:2380,http://10.0.1.4:2380 --name m4 --if-match e1:56",
  );
  expect(
    commandFor({ kind: "update-address", id: HASH, peerUrls: ["http://10.0.0.4:2380"] }, "e1:56", nameOf),
  ).toBe("rollcall update-peer-urls 8e9e05c52164694d --peer-urls http://10.0.0.4:2380 --if-match e1:56");
});
