import { expect, it } from "vitest";
import { ownPair, ownPort } from "./ports";

it("gives ports that nobody else has, also to those who ask at the same time", async () => {
  const asked = Array.from({ length: 60 }, () => Promise.all([ownPair(), ownPort()]));
  const ports = (await Promise.all(asked)).flatMap(([first, other]) => [first, first + 1, other]);
  expect(new Set(ports).size).toBe(180);
});
