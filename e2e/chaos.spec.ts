import { randomUUID } from "node:crypto";
import { expect, test } from "@playwright/test";
import WebSocket from "ws";
import { changedAnswerSchema } from "../protocol/api";
import { serverFrameSchema } from "../protocol/frames";
import { etagOf, type MembershipView } from "../protocol/membership";
import { eventually } from "./eventually";
import { LocalCluster, signal } from "./local_cluster";

const ROUNDS = 10;
const CHANGES_PER_ROUND = 6;
const SEED = Number(process.env.ROLLCALL_SEED ?? 20_261_123);

/** A small seeded generator: the same seed chooses the same victims and changes. */
function seeded(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Follows one console's stream across restarts and keeps every index it showed. */
class Watcher {
  readonly indexes: number[] = [];
  private socket: WebSocket | undefined;
  private ended = false;
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
    this.connect();
  }

  private connect(): void {
    if (this.ended) return;
    const socket = new WebSocket(`${this.url.replace("http", "ws")}/ws?cluster=local`);
    this.socket = socket;
    socket.on("message", (data) => {
      const frame = serverFrameSchema.parse(JSON.parse(String(data)));
      if (frame.type === "membership") this.indexes.push(frame.snapshot.committedIndex);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => setTimeout(() => this.connect(), 50));
  }

  end(): void {
    this.ended = true;
    this.socket?.terminate();
  }
}

/** A change as its caller knows it: acknowledged at an index, or in doubt. */
interface Sent {
  readonly requestId: string;
  readonly what: string;
  readonly index: number | undefined;
}

test(`loses no acknowledged change in ${ROUNDS} rounds of kill -9 under load`, async () => {
  test.setTimeout(900_000);
  const random = seeded(SEED);
  const cluster = await LocalCluster.up();
  const watchers = cluster.nodes().map(({ url }) => new Watcher(url));
  const sent: Sent[] = [];
  let refused = 0;
  try {
    let nextId = 100;
    for (let round = 0; round < ROUNDS; round += 1) {
      await fetch(`${cluster.url}/api/machine/load`, post({ ratePerSecond: 100 }));
      const changes = (async () => {
        for (let n = 0; n < CHANGES_PER_ROUND; n += 1) {
          const urls = cluster.nodes().map(({ url }) => url);
          const url = urls[random(urls.length)] ?? cluster.url;
          nextId += 1;
          const outcome = await change(url, random, nextId);
          if (outcome === "refused") refused += 1;
          else if (outcome !== "not sent") sent.push(outcome);
        }
      })();
      const victims = cluster.nodes();
      const victim = victims[random(victims.length)];
      if (victim === undefined) throw new Error("no node");
      const pid =
        victim.url === cluster.url
          ? cluster.pid
          : await eventually(`pid of ${victim.name}`, () => cluster.pidOf(victim.url));
      signal(pid, "SIGKILL");
      await changes;
      if (victim.url === cluster.url) await cluster.start();
      else {
        await eventually(`${victim.name} is seen to be gone`, async () => {
          const answer = await fetch(`${cluster.url}/api/machine/processes/${victim.id}/start`, post({}));
          return answer.ok;
        });
      }
      await eventually("three healthy voters", async () => {
        const { members } = await cluster.status();
        return (
          members.filter(({ role, health }) => role === "voter" && health.state === "healthy").length === 3
        );
      });
    }
    await fetch(`${cluster.url}/api/machine/load`, post({ ratePerSecond: 0 }));
    const views = await eventually("all nodes to agree", () => agreement(cluster));
    const histories = await Promise.all(cluster.nodes().map(({ url }) => cluster.history(url)));
    for (const history of histories) {
      const inLog = history.filter(({ outcome }) => outcome !== "refused");
      for (const { requestId, index, what } of sent) {
        const records = inLog.filter((entry) => entry.requestId === requestId);
        if (index !== undefined)
          expect(
            records.map((entry) => entry.outcome),
            what,
          ).toEqual(["applied"]);
        else expect(records.length, what).toBeLessThanOrEqual(1);
      }
    }
    const applied = (at: number) =>
      histories[at]?.filter(({ outcome }) => outcome === "applied").map(({ index }) => index);
    expect(applied(1)).toEqual(applied(0));
    expect(applied(2)).toEqual(applied(0));
    for (const { indexes } of watchers) {
      expect(indexes.length).toBeGreaterThan(0);
      for (const [at, index] of indexes.entries()) expect(index).toBeGreaterThanOrEqual(indexes[at - 1] ?? 0);
      await expect.poll(() => indexes.at(-1)).toBe(views[0]?.snapshot.committedIndex);
    }
    const acknowledged = sent.filter(({ index }) => index !== undefined).length;
    console.log(
      `seed ${SEED}: ${acknowledged} changes acknowledged, ${sent.length - acknowledged} in doubt, ${refused} refused`,
    );
    expect(acknowledged).toBeGreaterThan(ROUNDS);
  } finally {
    for (const watcher of watchers) watcher.end();
    await cluster.dispose();
  }
});

function post(body: unknown): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** The views of all nodes, once they are the same. */
async function agreement(cluster: LocalCluster): Promise<MembershipView[] | undefined> {
  const views = await Promise.all(cluster.nodes().map(({ url }) => cluster.membership(url)));
  return views.every((view) => JSON.stringify(view) === JSON.stringify(views[0])) ? views : undefined;
}

/** Adds a learner nobody runs, or removes one: through one console, fenced by what it shows. */
async function change(
  url: string,
  random: (bound: number) => number,
  id: number,
): Promise<Sent | "refused" | "not sent"> {
  const requestId = randomUUID();
  let view: MembershipView;
  try {
    view = (await (await fetch(`${url}/api/clusters/local/membership`)).json()) as MembershipView;
  } catch {
    return "not sent";
  }
  const { learners } = view.snapshot;
  const removes = learners.length > 2 && random(2) === 0;
  const victim = learners[random(learners.length)];
  const what = removes ? `remove ${victim} via ${url}` : `add ${id} via ${url}`;
  const headers = {
    "content-type": "application/json",
    "if-match": etagOf(view),
    "idempotency-key": requestId,
    "rollcall-deadline-ms": "5000",
  };
  try {
    const answer = removes
      ? await fetch(`${url}/api/clusters/local/members/${victim}`, { method: "DELETE", headers })
      : await fetch(`${url}/api/clusters/local/learners`, {
          method: "POST",
          headers,
          body: JSON.stringify({ id: String(id), address: `127.0.0.1:${2000 + id}`, name: `spare${id}` }),
        });
    const body: unknown = await answer.json();
    if (answer.status === 200) return { requestId, what, index: changedAnswerSchema.parse(body).index };
    return answer.status === 504 ? { requestId, what, index: undefined } : "refused";
  } catch {
    return { requestId, what, index: undefined };
  }
}
