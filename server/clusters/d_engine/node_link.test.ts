import { afterEach, expect, it } from "vitest";
import { ManualTimers } from "../testing/manual_timers";
import { NodeLink } from "./node_link";
import { PROBE_EVERY_MS } from "./options";
import { serveScript } from "./testing/scripted_node";

let link: NodeLink | undefined;
let close = async () => {};
afterEach(async () => {
  link?.close();
  await close();
});

it("a leader's claim stands while it is asked again", async () => {
  const timers = new ManualTimers();
  /** The term that its last claim told, each time the node was asked whether it leads. */
  const claimed: (number | undefined)[] = [];
  const node = await serveScript({
    metadata: () => ({ nodes: [], leader: 1 }),
    term: () => {
      claimed.push(link?.claim?.term);
      return 5;
    },
  });
  close = node.close;
  const own = new NodeLink({
    ...{ address: node.address, secure: false, tls: undefined, timers, random: () => 0.5 },
    viewed: () => {},
    changed: () => {},
  });
  link = own;
  own.id = 1;
  // A probe that came too late on a busy machine drops the claim, rightly; the next ones bring it back.
  await expect
    .poll(
      () => {
        timers.advance(PROBE_EVERY_MS);
        return claimed;
      },
      { timeout: 60_000 },
    )
    .toContain(5);
});
