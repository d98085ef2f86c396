import { connect, createServer, type Server, type Socket } from "node:net";
import { expect, test } from "@playwright/test";
import { TcpProxy } from "./tcp_proxy";

/** A server that sends back what it gets, and a proxy before it. */
let server: Server;
let proxy: TcpProxy;
const accepted: Socket[] = [];

test.beforeEach(async () => {
  server = createServer((socket) => {
    accepted.push(socket);
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("not bound");
  proxy = await TcpProxy.listen({ host: "127.0.0.1", port: bound.port });
});

test.afterEach(async () => {
  await proxy.close();
  for (const socket of accepted.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

interface Client {
  readonly socket: Socket;
  text(): string;
  isClosed(): boolean;
}

function dial(): Client {
  const socket = connect({ host: "127.0.0.1", port: proxy.port });
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", () => undefined);
  return { socket, text: () => text, isClosed: () => socket.destroyed };
}

test("forwards both ways, and an end too", async () => {
  const client = dial();
  client.socket.end("hello");
  await expect.poll(client.text).toBe("hello");
  await expect.poll(client.isClosed).toBe(true);
  await expect.poll(() => proxy.connections).toBe(0);
});

test("holds everything back while paused, new connections too, and loses nothing", async () => {
  const before = dial();
  before.socket.write("a");
  await expect.poll(before.text).toBe("a");
  proxy.pause();
  before.socket.write("b");
  const during = dial();
  during.socket.write("c");
  await expect.poll(() => proxy.connections).toBe(2);
  expect([before.text(), during.text()]).toEqual(["a", ""]);
  proxy.resume();
  await expect.poll(before.text).toBe("ab");
  await expect.poll(during.text).toBe("c");
});

test("cuts what is open and refuses what comes, until resumed", async () => {
  const before = dial();
  before.socket.write("a");
  await expect.poll(before.text).toBe("a");
  proxy.cut();
  await expect.poll(before.isClosed).toBe(true);
  await expect.poll(() => accepted[0]?.destroyed).toBe(true);
  const during = dial();
  await expect.poll(during.isClosed).toBe(true);
  proxy.resume();
  const after = dial();
  after.socket.write("c");
  await expect.poll(after.text).toBe("c");
});

test("delays in order", async () => {
  proxy.delay(30);
  const client = dial();
  const startMs = performance.now();
  client.socket.write("a");
  client.socket.once("connect", () => {
    client.socket.write("b");
    proxy.delay(0);
    client.socket.write("c");
  });
  await expect.poll(client.text).toBe("abc");
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(30);
});

test("carries much data in order through pauses", async () => {
  const client = dial();
  const lines = Array.from({ length: 400_000 }, (_, i) => `line ${i}`).join("\n");
  client.socket.end(lines);
  for (let i = 0; i < 5; i++) {
    await expect.poll(() => client.text().length).toBeGreaterThan((lines.length / 10) * i);
    proxy.pause();
    proxy.resume();
  }
  await expect.poll(() => client.text().length).toBe(lines.length);
  expect(client.text() === lines).toBe(true);
});
