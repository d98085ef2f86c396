import { expect, it } from "vitest";
import { RequestMemory } from "./request_memory";

const keep = () => true;

it("works a request out once, for those who wait and those who come later", async () => {
  const memory = new RequestMemory<string>();
  let runs = 0;
  const work = async () => {
    runs += 1;
    return `run ${runs}`;
  };
  const answers = await Promise.all([memory.run("a", "x", work, keep), memory.run("a", "x", work, keep)]);
  expect([...answers, await memory.run("a", "x", work, keep), runs]).toEqual(["run 1", "run 1", "run 1", 1]);
  expect(await memory.run("a", "y", work, keep)).toMatchObject({ code: "request-id-reused" });
});

it("forgets what did nothing, and what failed", async () => {
  const memory = new RequestMemory<string>();
  expect(
    await memory.run(
      "a",
      "x",
      async () => "refused",
      () => false,
    ),
  ).toBe("refused");
  await expect(memory.run("a", "x", () => Promise.reject(new Error("no")), keep)).rejects.toThrow("no");
  expect(await memory.run("a", "y", async () => "done", keep)).toBe("done");
});

it("remembers 256 answers and every request under way", async () => {
  const memory = new RequestMemory<string>();
  let finish = (_: string) => {};
  const slow = new Promise<string>((resolve) => {
    finish = resolve;
  });
  const first = memory.run("slow", "x", () => slow, keep);
  for (let n = 0; n < 300; n += 1) await memory.run(`id ${n}`, "x", async () => "first", keep);
  const joined = memory.run("slow", "x", async () => "again", keep);
  finish("once");
  expect(await Promise.all([first, joined])).toEqual(["once", "once"]);
  expect(await memory.run("id 299", "x", async () => "again", keep)).toBe("first");
  expect(await memory.run("id 0", "x", async () => "again", keep)).toBe("again");
});
