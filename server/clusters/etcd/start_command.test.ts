import { describe, expect, it } from "vitest";
import { startCommand } from "./start_command";
import { memberOf } from "./testing/answers";

describe("the command that starts a new member", () => {
  const added = memberOf(4, { name: "", clientUrls: [], isLearner: true });

  it("names exactly the members there are, the new one by the name it is to have", () => {
    const command = startCommand({
      name: "n4",
      id: added.id,
      peerUrls: added.peerUrls,
      members: [memberOf(1), memberOf(2), added],
    });
    expect(command).toBe(
      "etcd --name n4 --data-dir n4.etcd" +
        " --initial-cluster n1=http://10.0.0.1:2380,n2=http://10.0.0.2:2380,n4=http://10.0.0.4:2380" +
        " --initial-cluster-state existing --initial-advertise-peer-urls http://10.0.0.4:2380" +
        " --listen-peer-urls http://10.0.0.4:2380" +
        " --listen-client-urls http://10.0.0.4:2379 --advertise-client-urls http://10.0.0.4:2379",
    );
  });

  it("gives other members without a name one that nobody has, and takes several URLs", () => {
    const other = memberOf(26, { name: "", clientUrls: [] });
    const members = [memberOf(1, { peerUrls: ["http://a:1", "http://b:1"] }), other, added];
    const command = startCommand({ name: "n4", id: added.id, peerUrls: added.peerUrls, members });
    expect(command).toContain(
      "--initial-cluster n1=http://a:1,n1=http://b:1,member-1a=http://10.0.0.26:2380,n4=",
    );
  });

  it("listens on an address where the URL has a name, and picks a client port nobody has", () => {
    const members = [memberOf(1, { clientUrls: ["http://localhost:2382"] }), added];
    const peerUrls = ["http://localhost:2383"];
    const command = startCommand({ name: "n4", id: added.id, peerUrls, members });
    expect(command).toContain("--listen-peer-urls http://127.0.0.1:2383");
    expect(command).toContain("--advertise-client-urls http://localhost:2381");
    const elsewhere = startCommand({
      name: "n4",
      id: added.id,
      peerUrls: ["http://db4.example:2380"],
      members,
    });
    expect(elsewhere).toContain("--listen-peer-urls http://0.0.0.0:2380");
  });

  it("leaves a URL as it is that etcd takes and this machine does not", () => {
    const zone = "http://[fe80::1%25eth0]:2380";
    const members = [memberOf(1, { peerUrls: [zone], clientUrls: [zone] }), added];
    const told = startCommand({ name: "n4", id: added.id, peerUrls: added.peerUrls, members });
    expect(told).toContain(`n1=${zone}`);
    const own = startCommand({ name: "n4", id: added.id, peerUrls: [zone], members });
    expect(own).toContain(`--listen-peer-urls '${zone}'`);
  });

  it("asks for certificates where the others use TLS", () => {
    const members = [memberOf(1, { clientUrls: ["https://10.0.0.1:2379"] }), added];
    const peerUrls = ["https://10.0.0.4:2380"];
    const command = startCommand({ name: "n4", id: added.id, peerUrls, members });
    expect(command).toContain("--peer-client-cert-auth --peer-trusted-ca-file PEER_CA.crt");
    expect(command).toContain("--client-cert-auth --trusted-ca-file CA.crt");
  });
});
