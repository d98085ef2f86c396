import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ClusterManagementService } from "../../rpc/generated/d_engine_cluster_pb";
import { ManualTimers } from "../manual_timers";
import { NodeLink } from "./node_link";
import { PROBE_EVERY_MS } from "./options";

let server: Http2Server;
let link: NodeLink | undefined;
let timers: ManualTimers;
/** The term that its last claim told, each time the node was asked whether it leads. */
let claimed: (number | undefined)[];

beforeEach(async () => {
  timers = new ManualTimers();
  claimed = [];
  const handle = connectNodeAdapter({
    routes: (router) =>
      router.service(ClusterManagementService, {
        getClusterMetadata: () => ({ nodes: [], currentLeaderId: 1 }),
        discoverLeader() {
          claimed.push(link?.claim?.term);
          return { leaderId: 1, leaderAddress: "", term: 5n };
        },
      }),
  });
  server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  link?.close();
  await new Promise((resolve) => server.close(resolve));
});

it("a leader's claim stands while it is asked again", async () => {
  const { port } = server.address() as AddressInfo;
  const own = new NodeLink({
    ...{ address: `127.0.0.1:${port}`, secure: false, tls: undefined, timers, random: () => 0.5 },
    viewed: () => {},
    changed: () => {},
  });
  link = own;
  own.id = 1;
  await expect.poll(() => own.claim?.term, { timeout: 60_000 }).toBe(5);
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
