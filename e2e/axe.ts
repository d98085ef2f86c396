import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const wide = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

/** What axe finds wrong, as one line a rule and element. The page's policy runs no foreign script; the browser's own hand may. */
export async function axeFaults(page: Page): Promise<string[]> {
  if (await page.evaluate<boolean>("typeof axe === 'undefined'")) await page.evaluate(axe);
  // Of what passes one node a rule is enough: listing all takes longer than looking.
  return page.evaluate<
    string[]
  >(`axe.run(document, { resultTypes: ["violations"] }).then(({ passes, violations }) =>
    passes.some(({ id }) => id === "color-contrast")
      ? violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " " + target.join(" ") + " " + failureSummary))
      : ["axe looked at nothing"])`);
}

const looks = [
  { viewport: "wide", size: wide, colorScheme: "dark" },
  { viewport: "phone", size: phone, colorScheme: "light" },
  { viewport: "phone", size: phone, colorScheme: "dark" },
  { viewport: "wide", size: wide, colorScheme: "light" },
] as const;

/**
 * Looks at the page with axe: light and dark, on a wide screen and on a phone. `twice`: dark on a phone and light on a wide screen
 * only, for dialogs, whose colours are those of the page. The page is left light and wide.
 */
export async function expectAccessible(
  page: Page,
  what: string,
  often: "all" | "twice" = "all",
): Promise<void> {
  for (const { viewport, size, colorScheme } of often === "all" ? looks : looks.slice(2)) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    expect.soft(await axeFaults(page), `${what}, ${viewport}, ${colorScheme}`).toEqual([]);
  }
}
