import { type AddressInfo, connect } from "node:net";
import { createServer } from "node:tls";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { Authority, hasOpenssl } from "../clusters/etcd/testing/certificates";
import { RelayedCluster } from "../clusters/relayed/relayed_cluster";
import { openGateway } from "./testing/ask";
import { MemoryCluster } from "./testing/memory_cluster";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe.skipIf(!hasOpenssl)("a node's console behind a proxy that speaks TLS", () => {
  const authority = hasOpenssl ? new Authority() : undefined;
  afterAll(() => authority?.remove());

  /** Opens a node's console that is reached through the proxy alone; the proxy's URL. */
  async function openBehindProxy(cluster: MemoryCluster): Promise<string> {
    const { cert, key } = authority?.issue("proxy", "IP:127.0.0.1") ?? { cert: "", key: "" };
    let target = 0;
    const proxy = createServer({ cert, key }, (inner) => {
      const outer = connect(target, "127.0.0.1");
      for (const [from, to] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        from.on("error", () => to.destroy());
        from.on("close", () => to.destroy());
        from.pipe(to);
      }
    });
    proxy.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    closing.push(() => proxy.close());
    const host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const gateway = await openGateway({ clusters: [cluster], trustedHosts: [host] });
    closing.push(() => gateway.close());
    target = gateway.port;
    return `https://${host}/`;
  }

  async function noticeOf(ca: string | undefined): Promise<string> {
    const node = new MemoryCluster();
    node.tell({ self: { id: "1", name: "n1", standing: "member", index: null } });
    const endpoints = [await openBehindProxy(node)];
    const cluster = new RelayedCluster({ name: "app", endpoints, tls: ca === undefined ? {} : { ca } });
    closing.push(() => cluster.close());
    // The membership comes by the stream, what is wrong by the status.
    for await (const { committedIndex, notices } of cluster.watchStatus()) {
      if (notices[0] !== undefined) return notices[0].text;
      const { epoch } = cluster.watchMembership().borrow();
      if (committedIndex > 0 && epoch === "e1") return "";
    }
    return "closed";
  }

  it("is followed where its certificate comes from the authority that is named", async () => {
    expect(await noticeOf(authority?.cert)).toBe("");
  });

  it("is not where it does not, and the reason is said", async () => {
    expect(await noticeOf(undefined)).toMatch(/certificate/);
  });
});
