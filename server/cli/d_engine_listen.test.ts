import { expect, test } from "vitest";
import { dEngineListen, listenAt, listenOfNode } from "./d_engine_listen";

test("a port alone is this machine's, and a host is taken as it is", () => {
  expect(listenAt("9081")).toEqual({ host: "127.0.0.1", port: 9081 });
  expect(listenAt("10.0.0.1:9081")).toEqual({ host: "10.0.0.1", port: 9081 });
  expect(listenAt("[fe80::1]:9081")).toEqual({ host: "fe80::1", port: 9081 });
});

test("the nodes of a local cluster take one port each, from the first node's on", () => {
  expect([1, 2, 4].map((id) => listenOfNode("9081", id))).toEqual([
    "127.0.0.1:9081",
    "127.0.0.1:9082",
    "127.0.0.1:9084",
  ]);
});

test("what cannot be listened on is turned away on the command line", () => {
  expect(dEngineListen.check?.("9081")).toBeUndefined();
  expect(dEngineListen.check?.("127.0.0.1:9081")).toBeUndefined();
  for (const text of ["", "0", "host", "127.0.0.1:", "127.0.0.1:99999", "65000"]) {
    expect(dEngineListen.check?.(text), text).toBeDefined();
  }
});
