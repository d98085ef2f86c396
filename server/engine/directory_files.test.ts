import { expect, it } from "vitest";
import type { EngineFiles } from "../storage";
import { firstFiles, readClusterFile } from "./directory_files";

const file = {
  address: "127.0.0.1:7500",
  secret: "ab".repeat(32),
  contacts: [{ id: 2, address: "127.0.0.1:7501" }],
};

function holding(bytes: Uint8Array | undefined): EngineFiles {
  return { read: () => bytes } as unknown as EngineFiles;
}

it("the record of a node's cluster is read back, and not with any one byte changed", () => {
  const [bytes] = [...firstFiles(file).values()];
  if (bytes === undefined) throw new Error("no file");
  expect(readClusterFile(holding(bytes))).toEqual({ format: 1, ...file });
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = Uint8Array.from(bytes);
    flipped[at] = (bytes[at] ?? 0) ^ 1;
    expect(readClusterFile(holding(flipped))).toBeUndefined();
  }
  expect(readClusterFile(holding(bytes.subarray(0, bytes.length - 1)))).toBeUndefined();
  expect(readClusterFile(holding(undefined))).toBeUndefined();
});
