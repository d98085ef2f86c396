import { createServer } from "node:net";
import { expect, test } from "vitest";
import { ownPort } from "../testing/ports";
import { newNode, newPlan } from "./plan";
import { guessNextPorts, pickNextPorts, pickPorts, portIsFree } from "./ports";

const free = (...taken: number[]) => {
  const set = new Set(taken);
  return async (port: number) => !set.has(port);
};

test("consoles count up from the page's port, peers from a hundred above it", async () => {
  expect(await pickPorts(7400, 3, free())).toEqual([
    { console: 7400, peer: 7500 },
    { console: 7401, peer: 7501 },
    { console: 7402, peer: 7502 },
  ]);
});

test("a taken port is stepped over, and nothing is given twice", async () => {
  const pairs = await pickPorts(7400, 3, free(7401, 7500, 7501));
  expect(pairs).toEqual([
    { console: 7400, peer: 7502 },
    { console: 7402, peer: 7503 },
    { console: 7403, peer: 7504 },
  ]);
});

test("the page's own port is not negotiable", async () => {
  expect(await pickPorts(7400, 3, free(7400))).toBeUndefined();
});

test("more voters than lie between consoles and peers still get distinct ports", async () => {
  const pairs = (await pickPorts(7400, 150, free())) ?? [];
  const all = pairs.flatMap((pair) => [pair.console, pair.peer]);
  expect(new Set(all).size).toBe(300);
});

test("at the end of the port range there is an answer, not a loop", async () => {
  expect(await pickPorts(65_530, 1, free())).toBeUndefined();
});

test("a later node gets ports after all planned ones, those of removed nodes included", async () => {
  const plan = newPlan([{ console: 7400, peer: 7500 }], 0);
  const removed = { ...newNode(2, "n2", "127.0.0.1:7505", 7405), removed: true };
  const grown = { ...plan, nodes: [...plan.nodes, removed] };
  expect(guessNextPorts(grown)).toEqual({ console: 7406, peer: 7506 });
  expect(await pickNextPorts(grown, free(7506))).toEqual({ console: 7406, peer: 7507 });
});

test("a port that somebody listens on is not free, and becomes free", async () => {
  const server = createServer();
  const port = await ownPort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  expect(await portIsFree(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await portIsFree(port)).toBe(true);
});
