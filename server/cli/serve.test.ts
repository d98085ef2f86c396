import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ownPort } from "../testing/ports";
import { Workplace } from "./testing/command";

beforeAll(() => Workplace.prepare());
let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.cleanUp());

/** Endpoints where nothing listens: port 1 is nobody's. */
const nowhere = { etcd: "http://127.0.0.1:1", dEngine: "127.0.0.1:1" };

async function ask(url: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(url);
  return { status: answer.status, body: await answer.json() };
}

test("serves clusters that cannot be reached as unknown, is ready, and ends with SIGTERM", async () => {
  const port = await ownPort();
  const words = [
    "serve",
    "--etcd",
    nowhere.etcd,
    "--d-engine",
    `lab=${nowhere.dEngine}`,
    "--embedded",
    `app=${nowhere.etcd}`,
    "--port",
    String(port),
  ];
  const run = place.start([...words, "--data-dir", place.path("data"), "--json"]);
  await run.says('"event":"ready"');
  const ready = JSON.parse(run.out());
  expect(ready.clusters).toEqual([
    { name: "etcd", kind: "etcd" },
    { name: "lab", kind: "d-engine" },
    { name: "app", kind: "embedded" },
  ]);
  const { body } = await ask(`${ready.url}/api/clusters`);
  expect(body).toMatchObject({
    clusters: [
      { name: "etcd", state: "unknown", sentence: "Unknown - no data yet." },
      { name: "lab", state: "unknown" },
      { name: "app", state: "unknown" },
    ],
  });
  expect(await ask(`${ready.url}/readyz`)).toEqual({ status: 200, body: { ok: true } });
  run.child.kill("SIGTERM");
  expect(await run.ended).toBe(0);
});

test("keeps a second console out of its data directory", async () => {
  const start = async () => {
    const port = String(await ownPort());
    return place.start(["serve", "--etcd", nowhere.etcd, "--port", port, "--data-dir", place.path("data")]);
  };
  const first = await start();
  await first.says("Rollcall: ");
  const second = await start();
  expect(await second.ended).toBe(1);
  expect(second.err()).toContain(`is in use by the console with pid ${first.pid}`);
});

test("says which clusters it wants, and what is wrong with those it is given", async () => {
  const without = await place.run(["serve"]);
  expect(without.code).toBe(2);
  expect(without.err).toContain("Which clusters?");
  const wrong = await place.run(["serve", "--etcd", "127.0.0.1:2379"]);
  expect(wrong.code).toBe(1);
  expect(wrong.err).toContain("--etcd: An endpoint is https://host:port, or http://host:port without TLS");
});

test("check-config tells place and mend of every fault, and fails", async () => {
  const cluster = {
    name: "prod",
    kind: "etcd",
    endpoints: ["http://127.0.0.1:1"],
    user: "root",
    password: "hunter2",
  };
  writeFileSync(place.path("rollcall.config.json"), JSON.stringify({ clusters: [cluster] }, null, 2));
  const { code, out } = await place.run(["check-config"]);
  expect(code).toBe(1);
  expect(out).toMatch(/^rollcall\.config\.json:10:19 clusters\[0\]\.password: /);
  expect(out).toContain("1 error.");
  expect(out).not.toContain("hunter2");
});

test("check-config says that a token is used, and never which", async () => {
  const words = ["check-config", "--etcd", nowhere.etcd];
  const env = { ROLLCALL_ETCD_TOKEN: "hunter2.17" };
  const { code, out, err } = await place.run(words, env);
  expect(code).toBe(0);
  expect(out).toContain("etcd: etcd, http://127.0.0.1:1; token\n");
  const asJson = await place.run([...words, "--json"], env);
  expect(JSON.parse(asJson.out).clusters).toMatchObject([{ user: null, token: true }]);
  expect([out, err, asJson.out, asJson.err].join()).not.toContain("hunter2");
});

test("check-config --connect says which cluster does not answer", async () => {
  const { code, out } = await place.run(["check-config", "--connect", "--etcd", nowhere.etcd]);
  expect(code).toBe(1);
  expect(out).toContain("etcd: No endpoint answered within 10 s.");
});

test("check-config says that a data directory cannot be written", async () => {
  mkdirSync(place.path("closed"));
  writeFileSync(place.path("closed/file"), "");
  chmodSync(place.path("closed/file"), 0o400);
  const { code, out } = await place.run([
    "check-config",
    "--etcd",
    nowhere.etcd,
    "--data-dir",
    place.path("closed/file/data"),
  ]);
  expect(code).toBe(1);
  expect(out).toMatch(/^--data-dir: .* cannot be made or written to/m);
  const inFile = { console: { dataDir: "closed/file/data" }, clusters: [] };
  writeFileSync(place.path("rollcall.config.json"), JSON.stringify(inFile));
  const told = await place.run(["check-config"]);
  expect(told.out).toMatch(/^rollcall\.config\.json:1:23 console\.dataDir: .* cannot be made/m);
});
