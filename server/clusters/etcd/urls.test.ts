import { expect, it } from "vitest";
import { endpointUrls, mayAsk } from "./urls";

it("asks at no URL that etcd takes and this machine does not", () => {
  const clientUrls = [
    "http://[fe80::1%25eth0]:2379",
    "unix://n1:1",
    "http://0.0.0.0:2379",
    "http://my_host:2379",
  ];
  expect(endpointUrls({ clientUrls })).toEqual(["http://my_host:2379"]);
});

it("asks an endpoint in the clear that a member names only where nothing secret was meant for TLS alone", () => {
  const secure = ["https://10.0.0.1:2379"];
  expect(mayAsk("http://10.0.0.2:2379", secure, true)).toBe(false);
  expect(mayAsk("https://10.0.0.2:2379", secure, true)).toBe(true);
  expect(mayAsk("http://127.0.0.1:2379", secure, true)).toBe(true);
  expect(mayAsk("http://10.0.0.2:2379", secure, false)).toBe(true);
  expect(mayAsk("http://10.0.0.2:2379", ["http://10.0.0.1:2379"], true)).toBe(true);
});
