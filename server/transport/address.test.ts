import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAddress, isBadAddress, isWildcardHost, parseAddress } from "./address";

describe("parseAddress", () => {
  test.each([
    ["127.0.0.1:7001", "127.0.0.1", 7001],
    ["[::1]:1", "::1", 1],
    ["[2001:DB8::5]:65535", "2001:db8::5", 65535],
    ["node-1.example.org:7001", "node-1.example.org", 7001],
    ["LocalHost:80", "localhost", 80],
    ["my_app_1:7001", "my_app_1", 7001],
    ["0.0.0.0:7001", "0.0.0.0", 7001],
  ])("reads %s", (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
  });

  test.each([
    "",
    ":",
    "host",
    "host:",
    ":7001",
    "host:0",
    "host:65536",
    "host:07001",
    "host:+1",
    "host:1e3",
    "host: 1",
    " host:1",
    "::1:7001",
    "[::1]7001",
    "[host]:1",
    "[::1:7001",
    "256.1.1.1:1",
    "1.2.3:1",
    "-a:1",
    "a..b:1",
    "a b:1",
    "http://host:1",
    "host/x:1",
    "user@host:1",
    `${"a".repeat(64)}:1`,
    `${"a.".repeat(130)}a:1`,
    "hóst:1",
    "host\u0000:1",
  ])("refuses %j with a sentence", (text) => {
    const result = parseAddress(text);
    expect(isBadAddress(result) && result.detail.length > 5).toBe(true);
  });

  test("reads back what formatAddress writes", () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
        const address = { host: name.toLowerCase(), port };
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => parseAddress(text) !== undefined));
  });
});

test("a wildcard host is one that no peer can dial", () => {
  expect(["0.0.0.0", "::", "0:0:0:0:0:0:0:0"].map(isWildcardHost)).toEqual([true, true, true]);
  expect(["127.0.0.1", "::1", "host"].map(isWildcardHost)).toEqual([false, false, false]);
});
