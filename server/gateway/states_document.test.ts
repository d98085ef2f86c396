import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** The last two cells of each row: a spec in backticks, and the name of its test. */
function rows(): (readonly [spec: string, test: string])[] {
  return read("docs/states.md")
    .split("\n")
    .flatMap((line) => {
      const cells = line.split("|").map((cell) => cell.trim());
      const spec = /^`([a-z_]+)`$/.exec(cells.at(-3) ?? "")?.[1];
      return spec === undefined ? [] : [[spec, cells.at(-2) ?? ""] as const];
    });
}

it("docs/states.md names tests that are there", () => {
  const named = rows();
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter(([spec, test]) => !read(`e2e/${spec}.spec.ts`).includes(`test("${test}"`));
  expect(missing).toEqual([]);
});

it("every journey of the interface has a row", () => {
  const journeys = new Set(
    [...read("docs/states.md").matchAll(/^\| (\d+)\. /gm)].map(([, number]) => Number(number)),
  );
  expect([...journeys].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});
