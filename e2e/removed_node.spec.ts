import { expectAccessible } from "./axe";
import { expect, test } from "./cluster_test";
import { addSilentLearner } from "./console_api";
import { LivePage } from "./live_page";
import { shoot } from "./shoot";

test("a removed node keeps its last view, says so, starts no election and points to the others", {
  tag: "@shots",
}, async ({ cluster, page, secondPage }) => {
  const live = await LivePage.open(page, cluster.url);
  const gone = await LivePage.open(secondPage, cluster.urlOf("n3"));
  const removed = cluster.urlOf("n3");
  if ((await cluster.leader()).name === "n3") await cluster.ledBy("n1");
  await live.choose("n3", "Remove from the cluster");
  await expect(live.dialog).toContainText("n3 is healthy and votes. Its id is retired.");
  await live.dialog.getByRole("checkbox", { name: /^Also stop its process here/ }).uncheck();
  await expect(live.button("Remove n3")).toBeDisabled();
  await live.dialog.getByLabel("Type n3 to remove it").fill("n3");
  await live.commit("Remove n3");
  await expect(live.sentence).toHaveText("At minimum quorum - 2 of 2 voters healthy, cannot lose any.");
  const { committedIndex } = (await cluster.membership()).snapshot;

  await expect(secondPage.getByRole("region", { name: "Removed node" })).toContainText(
    `This node was removed at index ${committedIndex}; showing its last view.`,
  );
  // A strip under the state takes its height from the timeline, whose end stays in sight.
  await expect(gone.timeline.getByRole("button", { name: "Export JSON lines" })).toBeInViewport({ ratio: 1 });
  for (const name of ["n1", "n2"])
    await expect(gone.state.getByRole("link", { name: `Open on ${name}` })).toBeVisible();
  const add = gone.learners.getByRole("button", { name: "Add learner" });
  await expect(add).toBeDisabled();
  await expect(add).toHaveAccessibleDescription(/./);

  await expectAccessible(secondPage, "a removed node's console");
  await shoot(secondPage, "removed-node");

  const lastView = await cluster.membership(removed);
  const { leadership: its } = await cluster.status(removed);
  await addSilentLearner(cluster.url, 4);
  const factAge = async () => (await cluster.status(removed)).factAgeMs ?? 0;
  // Five seconds without a fact are several election timeouts. An election that a busy machine causes among the others is not its own.
  await expect(async () => {
    const { term } = await cluster.leader();
    const since = await factAge();
    await expect.poll(factAge).toBeGreaterThan(since + 5000);
    expect((await cluster.leader()).term).toBe(term);
  }).toPass();
  expect((await cluster.status(removed)).leadership.term).toBe(its.term);
  expect(await cluster.membership(removed)).toEqual(lastView);
  await expect(gone.page.getByRole("main")).not.toContainText(/(?<!was )Healthy/);

  await gone.state.getByRole("link", { name: "Open on n1" }).click();
  await expect(gone.learner("n4")).toContainText("Not started");
  await expect(gone.sentence).toHaveText("At minimum quorum - 2 of 2 voters healthy, cannot lose any.");
});
