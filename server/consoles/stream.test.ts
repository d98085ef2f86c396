import { afterEach, expect, it } from "vitest";
import { readStream } from "./stream";
import { endServing, serve } from "./testing/served";

afterEach(endServing);

const asked = { cluster: "local", headers: {}, signal: new AbortController().signal };

it("says why it ended where it could not even be tried", async () => {
  const badUrl = await readStream({ ...asked, console: "http://127.0.0.1:99999" }, () => {});
  expect(badUrl).toMatch(/invalid url/i);
  const headers = { authorization: "Bearer \n" };
  const badHeader = await readStream({ ...asked, console: "http://127.0.0.1:1", headers }, () => {});
  expect(badHeader).toMatch(/authorization/);
});

it("ends at once for whoever wants none any more", async () => {
  const url = await serve(() => {});
  await readStream({ ...asked, console: url, signal: AbortSignal.abort() }, () => {});
});
