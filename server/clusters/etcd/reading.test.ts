import { expect, it } from "vitest";
import { describeEachEtcd } from "./testing/each_version";
import { eventually } from "./testing/real_etcd";

describeEachEtcd("reading", ({ version, cluster, attach }) => {
  it("finds all members through one endpoint, and who leads", async () => {
    const etcd = await cluster(3);
    const console = attach([etcd.member("n2").clientUrl]);
    const status = await console.settled(3);
    expect(status.members.map(({ name }) => name).sort()).toEqual(["n1", "n2", "n3"]);
    expect(status.leadership).toMatchObject({ answering: 3, agree: 3, noneForMs: null });
    expect(status.leadership.term).toBeGreaterThan(0);
    for (const name of ["n1", "n2", "n3"]) {
      const member = console.member(name);
      const { clientUrl, peerUrl } = etcd.member(name);
      expect(member).toMatchObject({ role: "voter", address: peerUrl, health: { word: "Healthy" } });
      expect(member.facts).toContainEqual(expect.objectContaining({ label: "Version", value: version }));
      expect(member.facts).toContainEqual(
        expect.objectContaining({ label: "Client URLs", value: clientUrl }),
      );
      expect(member.facts.find(({ label }) => label === "Database")?.value).toMatch(/kB.*in use/);
      expect(member.ownView?.members).toHaveLength(3);
      expect(member.ownView?.committedIndex).toBe(console.view.snapshot.committedIndex);
    }
    expect(console.view.snapshot.members).toHaveLength(3);
    expect(console.view.exact).toBe(true);
    expect(console.view.epoch).toMatch(/^[0-9a-f]+-[0-9a-f]{16}$/);
    expect(status.loopbackOnly).toBe(true);
  });

  it("tells who died while the others go on, and that it came back", async () => {
    const etcd = await cluster(3);
    const console = attach(etcd.endpoints);
    await console.settled(3);
    await etcd.signal("n3", "SIGKILL");
    await console.until("n3 down", () => console.member("n3").health.word === "Unreachable");
    expect(console.member("n1").health.state).toBe("healthy");
    expect(console.status.factAgeMs).toBeLessThan(5000);
    etcd.start("n3");
    await console.settled(3);
    expect(console.view.snapshot.members).toHaveLength(3);
  });

  it("is not slowed by a member that is frozen", async () => {
    const etcd = await cluster(3);
    const console = attach(etcd.endpoints);
    await console.settled(3);
    await etcd.signal("n1", "SIGSTOP");
    await console.until("n1 down and a leader", ({ leadership, factAgeMs }) => {
      const told = console.member("n1").health.state === "down";
      return told && leadership.agree === 2 && (factAgeMs ?? 9999) < 1500;
    });
    await etcd.signal("n1", "SIGCONT");
    await console.settled(3);
  });

  it("says that there is no leader when quorum is lost, and keeps what it knows", async () => {
    const etcd = await cluster(3);
    const console = attach(etcd.endpoints);
    await console.settled(3);
    await etcd.signal("n2", "SIGKILL");
    await etcd.signal("n3", "SIGKILL");
    const status = await console.until("no leader", ({ leadership }) => leadership.id === null);
    expect(status.configuration.incoming).toHaveLength(3);
    await console.until(
      "two down",
      ({ members }) => members.filter(({ health }) => health.state === "down").length === 2,
    );
    expect(console.status.leadership).toMatchObject({ answering: 1, agree: 0 });
    etcd.start("n2");
    etcd.start("n3");
    await console.settled(3);
  });

  it("shows one member's own list, marked so, where it never saw quorum", async () => {
    const etcd = await cluster(3);
    await etcd.signal("n2", "SIGKILL");
    await etcd.signal("n3", "SIGKILL");
    const console = attach([etcd.member("n1").clientUrl]);
    const status = await console.until("a list", ({ members }) => members.length === 3);
    expect(status.notices.map(({ id }) => id)).toContain("stale-list");
    expect(console.view.snapshot.committedIndex).toBe(0);
    etcd.start("n2");
    await console.until("a real list", ({ notices }) => notices.every(({ id }) => id !== "stale-list"));
    expect(console.view.snapshot.members).toHaveLength(3);
  });

  it("raises a full database as an alarm, with what to do", async () => {
    const etcd = await cluster(1, { flags: ["--quota-backend-bytes", "1000000"] });
    const console = attach(etcd.endpoints);
    await console.settled(1);
    const value = Buffer.alloc(200_000, "x").toString("base64");
    await eventually(async () => {
      const key = Buffer.from(String(Math.random())).toString("base64");
      return !(await etcd.post("n1", "kv/put", { key, value })).ok;
    }, "the quota to be reached");
    const status = await console.until(
      "the alarm",
      ({ notices }) => notices.length > 0 && notices[0]?.tone === "critical",
    );
    expect(status.notices[0]).toMatchObject({
      tone: "critical",
      text: "Alarm NOSPACE: the database of n1 is full. etcd refuses every write until the alarm is cleared.",
      advice: expect.stringContaining("alarm disarm"),
    });
  });
});
