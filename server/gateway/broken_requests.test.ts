import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { problemSchema } from "../../protocol/problem";
import type { Gateway } from "./gateway";
import { REQUESTS_MAX } from "./limits";
import { ask, openGateway, sayRaw } from "./testing/ask";
import { MemoryCluster } from "./testing/memory_cluster";
import { isLoopbackHost } from "./trust";

let cluster: MemoryCluster;
let gateway: Gateway;

beforeEach(async () => {
  cluster = new MemoryCluster();
  gateway = await openGateway({ clusters: [cluster] });
});
afterEach(() => gateway.close());

const host = () => `Host: 127.0.0.1:${gateway.port}\r\n`;

/** Status and problem of what came back for these bytes. */
async function refusalOf(bytes: string): Promise<readonly [number, string, string]> {
  const answer = await sayRaw(gateway, bytes);
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  const { code, detail } = problemSchema.parse(JSON.parse(body));
  return [Number(head.split(" ")[1]), code, detail];
}

describe("a request that is not quite HTTP", () => {
  it("with two hosts is refused, whichever of them is this console", async () => {
    const head = `GET /livez HTTP/1.1\r\nConnection: close\r\n`;
    for (const hosts of [`${host()}Host: evil.example\r\n`, `${host()}${host()}`]) {
      const [status, code, detail] = await refusalOf(`${head}${hosts}\r\n`);
      expect([status, code, detail]).toEqual([
        400,
        "malformed-request",
        "The request has several Host headers.",
      ]);
    }
  });

  it("is answered in the catalogue where it asks for a proxy, and as if it asked for nothing where it expects too much", async () => {
    expect(await refusalOf(`CONNECT evil.example:80 HTTP/1.1\r\n${host()}\r\n`)).toEqual([
      405,
      "method-not-allowed",
      "This console is no proxy.",
    ]);
    const expecting = await ask(gateway, { path: "/livez", headers: { expect: "the unexpected" } });
    expect(expecting.status).toBe(200);
  });

  it("to upgrade is refused in the catalogue where the handshake is not whole", async () => {
    const upgrade = `GET /ws?cluster=local HTTP/1.1\r\n${host()}Connection: Upgrade\r\nUpgrade: websocket\r\n`;
    for (const rest of ["", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 12\r\n"]) {
      const [status, code, detail] = await refusalOf(`${upgrade}${rest}\r\n`);
      expect([status, code]).toEqual([400, "malformed-request"]);
      expect(detail).toMatch(/^This is no WebSocket handshake: .*Sec-WebSocket/);
    }
  });
});

describe("bodies that come slowly", () => {
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  /** Sends the head of a request and keeps the body; resolves once the console waits for that. */
  function begin(): Promise<void> {
    const socket = connect(gateway.port, gateway.host);
    sockets.push(socket);
    socket.on("error", () => {});
    const head = `POST /api/session HTTP/1.1\r\n${host()}Content-Type: application/json\r\nExpect: 100-continue\r\n`;
    socket.write(`${head}Content-Length: 100\r\n\r\n`);
    return new Promise((resolve) => socket.once("data", () => resolve()));
  }

  it("keep nobody from being answered, however many they are", async () => {
    await Promise.all(Array.from({ length: REQUESTS_MAX + 1 }, begin));
    for (const path of ["/livez", "/api/clusters", "/"]) {
      expect((await ask(gateway, { path })).status).not.toBe(429);
    }
    const headers = { "if-match": '"e1:1"' };
    const promoted = { method: "POST", path: "/api/clusters/local/members/4/promote", headers };
    expect((await ask(gateway, promoted)).status).toBe(200);
  });
});

describe("names of this machine", () => {
  it("are its loopback addresses, and nothing that only looks like one", () => {
    expect(["localhost", "127.0.0.1", "127.0.0.2", "::1", "[::1]"].map(isLoopbackHost)).not.toContain(false);
    expect(
      ["127.999.0.1", "127.0.0.1.evil.example", "127.0.0", "128.0.0.1", ""].map(isLoopbackHost),
    ).not.toContain(true);
  });
});

describe("signing out", () => {
  it("of a console that asks for no token leaves who was there", async () => {
    const answer = await ask(gateway, { method: "DELETE", path: "/api/session" });
    expect(answer.json()).toEqual({ required: false, role: "operator", actor: "tester", signedIn: false });
  });
});
