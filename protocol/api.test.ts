import { describe, expect, it } from "vitest";
import { addressSchema } from "./api";

describe("an address", () => {
  it.each(["127.0.0.1:7500", "localhost:1", "n4.example.org:65535", "[::1]:9000", "h4:1"])(
    "may be %s",
    (text) => {
      expect(addressSchema.safeParse(text).success).toBe(true);
    },
  );

  it.each([
    "127.0.0.1",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    "127.0.0.1:08900",
    "256.1.1.1:80",
    "1.2.3:80",
    "0.0.0.0:9401",
    "[::]:9401",
    "[:::1]:80",
    "xn--a:80",
    ":7500",
    "a b:1",
    "",
  ])("is not %j", (text) => {
    expect(addressSchema.safeParse(text).success).toBe(false);
  });
});
