import { connect, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { startGateway } from "./gateway";
import { jsonLogger } from "./log";
import { ask, openGateway } from "./testing/ask";
import { listen } from "./testing/listen";
import { MemoryCluster } from "./testing/memory_cluster";

const credentials = [{ role: "viewer", actor: "viewer", token: "viewer-0123456789abcdef" }] as const;
const fence = { "if-match": '"e1:1"' };

describe("starting", () => {
  it("says which port is in use", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const fault = await startGateway({ clusters: [], port });
    other.close();
    expect(fault).toMatchObject({
      kind: "port-in-use",
      message: expect.stringContaining(`Port ${port} of 127.0.0.1`),
    });
  });

  it("says which address is not this machine's", async () => {
    const fault = await startGateway({ clusters: [], host: "192.0.2.1", port: 0, credentials });
    expect(fault).toMatchObject({ kind: "no-such-address" });
  });

  it("does not show or change anything beyond loopback without credentials", async () => {
    for (const readOnly of [false, true]) {
      const fault = await startGateway({ clusters: [], host: "0.0.0.0", port: 0, readOnly });
      expect(fault).toMatchObject({ kind: "needs-credentials" });
    }
  });

  it("tells where it is and who", async () => {
    const gateway = await openGateway({ clusters: [] });
    expect(gateway.url).toBe(`http://127.0.0.1:${gateway.port}`);
    expect((await ask(gateway, { path: "/livez" })).json()).toEqual({
      ok: true,
      pid: process.pid,
      clusterId: null,
      nodeId: null,
      uuid: null,
    });
    await gateway.close();
  });
});

describe("stopping", () => {
  it("sends streams away, lets a request end, and takes nothing new", async () => {
    const cluster = new MemoryCluster();
    const gateway = await openGateway({ clusters: [cluster] });
    const listener = await listen(gateway);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let reached = () => {};
    const underWay = new Promise<void>((resolve) => {
      reached = resolve;
    });
    cluster.answer = async ({ context }) => {
      reached();
      await held;
      return cluster.applied(context.requestId ?? "");
    };
    const request = ask(gateway, {
      method: "POST",
      path: "/api/clusters/local/members/4/promote",
      headers: fence,
    });
    await underWay;
    const closing = gateway.close();
    expect(gateway.close()).toBe(closing);
    expect(await listener.closed).toEqual([1001, "This console is stopping."]);
    await expect(ask(gateway, { path: "/livez" })).rejects.toThrow(/ECONNREFUSED/);
    release();
    expect((await request).status).toBe(200);
    await closing;
  });

  it("does not wait for a stream that reads nothing, nor for a request that never comes", async () => {
    const gateway = await openGateway({ clusters: [new MemoryCluster()] });
    const silent = connect(gateway.port, gateway.host);
    silent.write("GET /livez HTTP/1.1\r\nhost: ");
    const deaf = connect(gateway.port, gateway.host);
    deaf.write(
      `GET /ws?cluster=local HTTP/1.1\r\nhost: 127.0.0.1:${gateway.port}\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n`,
    );
    await new Promise((resolve) => deaf.once("data", resolve));
    deaf.pause();
    for (const socket of [silent, deaf]) socket.on("error", () => {});
    await gateway.close();
    expect(gateway.streams).toBe(0);
    silent.destroy();
    deaf.destroy();
  });
});

describe("the log", () => {
  it("is one line of JSON for each change, without what the request held", async () => {
    const lines: string[] = [];
    const log = jsonLogger(
      (line) => lines.push(line),
      () => new Date(0),
    );
    const gateway = await openGateway({ clusters: [new MemoryCluster()], log });
    await ask(gateway, { path: "/api/clusters" });
    const body = { id: "4", address: "127.0.0.1:7504", name: "hush" };
    await ask(gateway, { method: "POST", path: "/api/clusters/local/learners?x=hush", headers: fence, body });
    await ask(gateway, { method: "POST", path: "/api/clusters/local/learners", headers: fence, body });
    await gateway.close();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "info", text: "request", method: "POST", status: 422, code: "bad-input", actor: "tester" },
      { time: "1970-01-01T00:00:00.000Z", path: "/api/clusters/local/learners", status: 200 },
    ]);
    expect(lines.join("")).not.toContain("hush");
  });
});
