import { resolve } from "node:path";
import type { Page } from "@playwright/test";

/** Where pictures go; `npm run shots` names it, and a plain run takes none. */
const folder = process.env.ROLLCALL_SHOTS;

const wide = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

/** Takes the page's picture, light and dark. `on`: a phone's screen instead of a wide one. The page is left light and wide. */
export async function shoot(page: Page, name: string, on: "wide" | "phone" = "wide"): Promise<void> {
  if (folder === undefined) return;
  if (on === "phone") await page.setViewportSize(phone);
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: resolve(folder, `${name}-${colorScheme}.png`) });
  }
  if (on === "phone") await page.setViewportSize(wide);
}
