import { expect, type Locator, type Page, test } from "@playwright/test";
import { membershipFrameSchema } from "../protocol/frames";
import { plural } from "../protocol/words";
import { readMembership } from "./console_api";
import { LivePage } from "./live_page";
import { describeTasks, measureTasks, type TaskFigures, watchTasks } from "./page_tasks";
import { ScaleCluster } from "./scale_cluster";

/**
 * Journey 10: 1,000 learners and 50 voters in one cluster, ten membership changes a second. The figures are printed; what they may be
 * is judged by `npm run bench -- scale`, which sets ROLLCALL_TASK_MS_MAX. What must hold on any machine is judged here.
 */
const scale = {
  voters: 50,
  learners: 1000,
  live: Number(process.env.ROLLCALL_SCALE_LIVE ?? 25),
  perSecond: 10,
};
const taskMsMax = Number(process.env.ROLLCALL_TASK_MS_MAX ?? Number.POSITIVE_INFINITY);
/** Changes that a table must stay still through. */
const CHANGES = 20;

// A trace of the tests' own takes pictures of the whole page all the time, and would be what is measured.
test.use({ trace: "off" });
test.setTimeout(300_000);

const figures = new Map<string, TaskFigures>();

/** What moved while a row had the focus and the pointer. */
interface Stillness {
  /** The same element is still there, and still has the focus. */
  readonly same: boolean;
  /** How far (px) it was ever seen from where it was, frame by frame. */
  readonly movedBy: number;
  readonly frames: number;
}

/** Watches an element frame by frame until the promise is settled. */
async function stillnessOf(row: Locator, until: () => Promise<unknown>): Promise<Stillness> {
  const handle = await row.elementHandle();
  if (handle === null) throw new Error("the row is not there");
  await handle.evaluate((element) => {
    const top = () => element.getBoundingClientRect().top;
    const watched = { from: top(), movedBy: 0, frames: 0, stop: false };
    Object.assign(window, { watched });
    const look = () => {
      watched.movedBy = Math.max(watched.movedBy, Math.abs(top() - watched.from));
      watched.frames += 1;
      if (!watched.stop) requestAnimationFrame(look);
    };
    look();
  });
  await until();
  return handle.evaluate((element) => {
    const { watched } = window as unknown as { watched: { movedBy: number; frames: number; stop: boolean } };
    watched.stop = true;
    return {
      same: element.isConnected && document.activeElement === element,
      movedBy: watched.movedBy,
      frames: watched.frames,
    };
  });
}

/** Resolves once the cluster made so many changes more. */
async function changes(cluster: ScaleCluster, count: number): Promise<void> {
  const from = cluster.figures?.made ?? 0;
  await expect
    .poll(() => (cluster.figures?.made ?? 0) - from, { timeout: 90_000 })
    .toBeGreaterThanOrEqual(count);
}

/** The row in the middle of the window, by the control that takes its focus. */
async function rowInView(page: Page): Promise<Locator> {
  const id = await page.evaluate(() => {
    const at = document.elementFromPoint(window.innerWidth / 3, window.innerHeight / 2);
    return at?.closest("tr")?.querySelector("[data-member-row]")?.getAttribute("data-member-row");
  });
  expect(id, "a row is in the middle of the window").toBeTruthy();
  return page.locator(`[data-member-row="${id}"]`);
}

/** `aria-rowindex` of the rows of a table that are there, the head's left out. */
function rowIndexes(table: Locator): Promise<number[]> {
  return table
    .locator("tbody tr[aria-rowindex]")
    .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("aria-rowindex"))));
}

test("a thousand learners at ten changes a second", async ({ page, browser }) => {
  const cluster = await ScaleCluster.start(scale);
  const { url, live, leader, served } = cluster.started;
  const frames: string[] = [];
  let statuses = 0;
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      const text = String(payload);
      // Read at the end: while something is measured, the processor is the page's.
      if (text.startsWith('{"type":"membership"')) frames.push(text);
      if (text.startsWith('{"type":"status"')) statuses += 1;
    }),
  );
  // While something is measured nothing is looked up in the page: the tests' own look-ups are tasks of its main thread too.
  const measured = async (name: string, work: () => Promise<void>) => {
    figures.set(name, await measureTasks(browser, page, work));
  };
  try {
    await watchTasks(page);
    const learners = page.getByRole("table", { name: "Learners" });
    const view = LivePage.on(page);
    await measured("opening", async () => {
      await page.goto(url);
      await expect.poll(() => statuses, { timeout: 60_000 }).toBeGreaterThanOrEqual(4);
    });
    await expect(learners).toHaveAttribute("aria-rowcount", String(scale.learners + 1));
    await expect(view.timeline.getByRole("listitem").first()).toBeVisible();

    await test.step("only what is in view is made, and says which rows it is", async () => {
      const indexes = await rowIndexes(learners);
      expect(indexes.length).toBeLessThan(120);
      expect(indexes).toEqual(indexes.map((_, place) => place + 2));
    });

    cluster.go();
    await measured("changes", () => changes(cluster, CHANGES));

    await measured("scrolling", async () => {
      await page.mouse.move(480, 600);
      for (let notch = 0; notch < 40; notch += 1) await page.mouse.wheel(0, 360);
      await changes(cluster, 5);
    });
    await expect.poll(async () => (await rowIndexes(learners))[0]).toBeGreaterThan(200);

    const row = await rowInView(page);
    await test.step("the row under pointer and focus stays where and what it is", async () => {
      await row.focus();
      await row.hover();
      let stillness: Stillness | undefined;
      await measured("focus", async () => {
        stillness = await stillnessOf(row, () => changes(cluster, CHANGES));
      });
      expect(stillness).toMatchObject({ same: true, movedBy: 0 });
      expect(stillness?.frames).toBeGreaterThan(10);
    });

    await test.step("the focused row keeps the focus out of view", async () => {
      await expect
        .poll(async () => {
          // Once is not enough where a row joins above what is in view meanwhile.
          await page.mouse.wheel(0, -40_000);
          return page.evaluate(() => window.scrollY);
        })
        .toBe(0);
      await expect(row).toBeFocused();
      await row.evaluate((element) => element.blur());
    });

    await test.step("most behind first does not sort under the pointer", async () => {
      const sort = view.learners.getByRole("button", { name: "Most behind first" });
      await sort.focus();
      await measured("sorting", async () => {
        await page.keyboard.press("Enter");
        await changes(cluster, CHANGES);
      });
      await expect(sort).toHaveAttribute("aria-pressed", "true");
      await page.mouse.wheel(0, 3000);
      await page.mouse.move(480, 600);
      await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(2000);
      const sorted = await rowInView(page);
      await sorted.focus();
      const stillness = await stillnessOf(sorted, () => changes(cluster, CHANGES));
      expect(stillness).toMatchObject({ same: true, movedBy: 0 });
      await sort.click();
    });

    const filter = view.learners.getByRole("searchbox", { name: "Filter learners" });
    await filter.focus();
    await measured("filter", async () => {
      await page.keyboard.type("n10");
      await changes(cluster, 5);
    });
    await expect.poll(async () => Number(await learners.getAttribute("aria-rowcount"))).toBeLessThan(300);
    await measured("filter off", async () => {
      for (let letter = 0; letter < 3; letter += 1) await page.keyboard.press("Backspace");
      await changes(cluster, 5);
    });
    await expect.poll(async () => Number(await learners.getAttribute("aria-rowcount"))).toBeGreaterThan(900);

    await test.step("the details of a learner open", async () => {
      // The first rows may be ghosts: the oldest learners are the ones that leave.
      await page.mouse.wheel(0, 20_000);
      await expect.poll(async () => (await rowIndexes(learners))[0]).toBeGreaterThan(200);
      await (await rowInView(page)).click();
      await expect(view.dialog).toBeVisible();
      await page.keyboard.press("Escape");
      await expect(view.dialog).toBeHidden();
    });

    await test.step("nothing was lost: the newest state stands there, and every change is counted", async () => {
      cluster.halt();
      // What was under way may still be made.
      await expect.poll(() => cluster.figures?.perSecond).toBe(0);
      await page.mouse.move(2, 2);
      // Closing the details gave the focus to the row, and that holds the places of rows that left.
      await page.locator("[data-member-row]:focus").evaluate((element) => (element as HTMLElement).blur());
      await expect
        .poll(async () => {
          const { snapshot } = await readMembership(url);
          const shown = await view.state.getByText(/^Index /).textContent();
          return shown === `Index ${snapshot.committedIndex}`;
        })
        .toBe(true);
      const { snapshot, sequence } = await readMembership(url);
      // Ghosts of the last removals go after 30 s.
      await expect(learners).toHaveAttribute("aria-rowcount", String(snapshot.learners.length + 1), {
        timeout: 60_000,
      });
      await expect(view.learners.getByText(plural(snapshot.learners.length, "learner"))).toBeVisible();
      const sequences = frames.map((text) => membershipFrameSchema.parse(JSON.parse(text)));
      expect(sequences.at(-1)?.sequence).toBe(sequence);
      for (const [place, one] of sequences.entries()) {
        const before = sequences[place - 1];
        if (before !== undefined) expect(one.sequence).toBe(before.sequence + one.merged + 1);
      }
    });
  } finally {
    console.log(
      `${scale.voters} voters (console at n${served}, n${leader} leads), ${scale.learners} learners: ${scale.voters + live} engines run, ${scale.learners - live} learners are members that were never started`,
    );
    console.log(`last: ${JSON.stringify(cluster.figures)}`);
    for (const [name, seen] of figures) console.log(describeTasks(name, seen));
    await cluster.dispose();
  }
  for (const [name, { processor }] of figures) {
    expect(processor.tasks, `tasks of ${name} were traced`).toBeGreaterThan(0);
    expect(processor.longest[0], `longest task of ${name} (processor ms)`).toBeLessThanOrEqual(taskMsMax);
  }
});
