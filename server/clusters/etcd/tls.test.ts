import { describe, expect, it } from "vitest";
import { Authority, hasOpenssl } from "./testing/certificates";
import { describeEachEtcd } from "./testing/each_version";

describe.skipIf(!hasOpenssl)(`TLS${hasOpenssl ? "" : " (skipped: there is no openssl)"}`, () => {
  describeEachEtcd("towards", ({ cluster, attach, ending }) => {
    /** One member that lets in only who shows a certificate of its authority. */
    async function secured(altNames: string) {
      const authority = new Authority();
      ending(async () => authority.remove());
      const server = authority.issue("server", altNames);
      const client = authority.issue("console", "DNS:console.test");
      const flags = ["--client-cert-auth", "--trusted-ca-file", authority.certFile];
      flags.push("--cert-file", server.certFile, "--key-file", server.keyFile);
      const etcd = await cluster(1, { flags, clientScheme: "https" });
      return { etcd, authority, client };
    }

    it("reads and changes with the authority and a client certificate", async () => {
      const { etcd, authority, client } = await secured("IP:127.0.0.1");
      const tls = { ca: authority.cert, certificate: client.cert, key: client.key };
      const console = attach(etcd.endpoints, { tls });
      await console.settled(1);
      const { peerUrl } = await etcd.freeUrls();
      const answer = await console.made({ kind: "add-learner", name: "n2", peerUrls: [peerUrl] });
      expect(answer.learner?.command).toContain("--advertise-client-urls https://");
      expect(answer.learner?.command).toContain("--client-cert-auth");
    });

    it("takes a certificate for another name, where that name is given", async () => {
      const { etcd, authority, client } = await secured("DNS:etcd.test");
      const tls = { ca: authority.cert, certificate: client.cert, key: client.key };
      const named = attach(etcd.endpoints, { tls: { ...tls, serverName: "etcd.test" } });
      await named.settled(1);
      const unnamed = attach(etcd.endpoints, { tls });
      await unnamed.until("the notice", ({ notices }) => notices.some(({ id }) => id === "tls"));
    });

    it("reads a fault of trust as one, never as an unhealthy cluster", async () => {
      const { etcd, authority, client } = await secured("IP:127.0.0.1");
      const other = new Authority();
      ending(async () => other.remove());
      const stranger = other.issue("stranger", "DNS:stranger.test");
      const faulty = {
        "no client certificate": { ca: authority.cert },
        "one of another authority": { ca: authority.cert, certificate: stranger.cert, key: stranger.key },
        "another authority to trust": { ca: other.cert, certificate: client.cert, key: client.key },
      };
      for (const [what, tls] of Object.entries(faulty)) {
        const console = attach(etcd.endpoints, { tls });
        const status = await console.until(`the notice for ${what}`, ({ notices }) => notices.length > 0);
        expect(status.notices[0], what).toMatchObject({ id: "tls", advice: expect.stringContaining("CA") });
        expect(status.factAgeMs).toBeNull();
        const problem = await console.refused({ kind: "remove", id: "1" }, { timeoutMs: 3000 });
        expect(problem.code, what).toBe("cluster-access");
      }
      const plain = attach(etcd.endpoints.map((url) => url.replace("https:", "http:")));
      await plain.until("a notice for http", ({ notices }) => notices.length > 0);
    });
  });
});
