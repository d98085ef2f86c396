import { expect, type Locator, type Page } from "@playwright/test";

/** The live page of a cluster, by what the operator reads and does on it. */
export class LivePage {
  readonly page: Page;
  readonly state: Locator;
  /** The state in one sentence. */
  readonly sentence: Locator;
  readonly freshness: Locator;
  readonly voters: Locator;
  readonly learners: Locator;
  /** Both tables of members. */
  private readonly members: Locator;
  readonly timeline: Locator;
  readonly machine: Locator;
  readonly dialog: Locator;
  /** Changes whose answer was lost. */
  readonly outcomes: Locator;
  private loads = 0;

  private constructor(page: Page) {
    this.page = page;
    const region = (name: string) => page.getByRole("region", { name });
    this.state = region("State");
    this.sentence = this.state.getByRole("heading", { level: 1 });
    this.freshness = page.getByRole("button", { name: /^Freshness:/ });
    this.voters = region("Voters");
    this.learners = region("Learners");
    this.members = page.getByRole("table", { name: /^(Voters|Learners)$/ });
    this.timeline = region("Timeline");
    this.machine = region("This machine");
    this.dialog = page.getByRole("dialog");
    this.outcomes = page.getByRole("list", { name: "Unknown outcomes" });
    page.on("load", () => {
      this.loads += 1;
    });
  }

  /** Opens a console's page and waits until it shows the cluster. */
  static async open(page: Page, url: string): Promise<LivePage> {
    const live = new LivePage(page);
    await page.goto(url);
    await expect(live.member("n1")).toBeVisible();
    return live;
  }

  /** A page that was opened already, by a link. */
  static on(page: Page): LivePage {
    return new LivePage(page);
  }

  /** How often the document was loaded; 1 while nothing was reloaded. */
  get timesLoaded(): number {
    return this.loads;
  }

  /** The row of a member among voters and learners, a ghost's too. */
  member(name: string, within: Locator = this.members): Locator {
    const header = this.page.getByRole("rowheader", { name, exact: true });
    return within.getByRole("row").filter({ has: header });
  }

  voter(name: string): Locator {
    return this.member(name, this.voters);
  }

  learner(name: string): Locator {
    return this.member(name, this.learners);
  }

  /** The rows of members, without heads. */
  rows(of: Locator): Locator {
    return of.getByRole("row").filter({ has: this.page.getByRole("rowheader") });
  }

  /** The line of a process of this machine. */
  process(name: string): Locator {
    return this.machine.getByRole("listitem", { name: `Process of ${name}` });
  }

  /** Presses a button of a process: "Kill", "Freeze", "Start". */
  async signal(action: string, name: string): Promise<void> {
    await this.process(name)
      .getByRole("button", { name: `${action} ${name}` })
      .click();
  }

  /** The pid that the page shows, once it does. */
  async pidOf(name: string): Promise<number> {
    await expect(this.process(name)).toContainText(/pid \d+/);
    const text = (await this.process(name).textContent()) ?? "";
    const pid = /pid (\d+)/.exec(text)?.[1];
    if (pid === undefined) throw new Error(`no pid in: ${text}`);
    return Number(pid);
  }

  /** Picks an item of a member's menu. */
  async choose(name: string, item: string): Promise<void> {
    await this.member(name)
      .getByRole("button", { name: `Actions for ${name}` })
      .click();
    await this.page.getByRole("menuitem", { name: item }).click();
  }

  /** A button of the open dialog. */
  button(name: string): Locator {
    return this.dialog.getByRole("button", { name, exact: true });
  }

  /** Presses the dialog's button and waits until the dialog is gone: the change was applied. */
  async commit(button: string): Promise<void> {
    await this.button(button).click();
    await expect(this.dialog).toBeHidden();
  }

  /** Presses the dialog's button, again where it was refused for the moment, until the dialog goes on to a heading. */
  async pressUntil(button: string, heading: string): Promise<void> {
    const next = this.dialog.getByRole("heading", { name: heading });
    await expect(async () => {
      await expect(next.or(this.button(button))).toBeVisible();
      // It may go on just now, and then there is nothing left to press.
      if (!(await next.isVisible())) await this.button(button).click({ timeout: 5000 });
      await expect(next).toBeVisible({ timeout: 12_000 });
    }).toPass();
  }

  async setLoad(rate: "Off" | "100/s" | "1,000/s"): Promise<void> {
    const choice = this.machine.getByRole("radio", { name: rate });
    await choice.click();
    await expect(choice).toBeChecked();
  }

  /** Listens as a screen reader does: what each alert said from now on. */
  async recordAlerts(): Promise<() => Promise<string[]>> {
    const heard = await this.page.evaluateHandle<string[]>(`(() => {
      const said = [];
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const element = target instanceof Element ? target : target.parentElement;
          const alert = element?.closest("[role=alert]");
          if (alert?.textContent) said.push(alert.textContent);
        }
      }).observe(document, { subtree: true, childList: true, characterData: true });
      return said;
    })()`);
    return () => heard.jsonValue();
  }

  /** What the timeline says of membership, newest first, without times. */
  async diffs(): Promise<string[]> {
    const lines = await this.timeline.getByRole("listitem").allInnerTexts();
    return lines.flatMap((line) =>
      line.split("\n").filter((part) => /joined|promoted|demoted|left/.test(part)),
    );
  }

  /** How many changes the timeline's lines stand for, merged ones counted. */
  async changesCounted(): Promise<number> {
    const lines = await this.timeline.getByRole("listitem").allInnerTexts();
    const changes = lines.filter((line) => /joined|promoted|demoted|left|merged/.test(line));
    return changes.reduce((sum, line) => sum + Number(/(\d+) changes merged/.exec(line)?.[1] ?? 1), 0);
  }
}
