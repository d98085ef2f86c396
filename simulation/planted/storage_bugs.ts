import { type PlantedBug, planted, RAN } from "./planted_bug";

/** Bugs of the log on the disk. */
export const storageBugs: readonly PlantedBug[] = [
  planted(
    "a write is answered without a sync",
    "storage/segmented_log.ts",
    "const sync = write.sync || write.snapshot !== undefined;",
    `const sync = ${RAN} && write.snapshot !== undefined;`,
  ),
  planted(
    "a failed sync is taken for a good one",
    "storage/segment_writer.ts",
    'done(finalFault("sync-failed", file.path, error));',
    `if (error !== undefined) ${RAN};\n      done(undefined);`,
  ),
  planted(
    "a vote is not written",
    "engine/node.ts",
    "    const write = { entries, hardState, snapshot, sync:",
    `    if (hardState !== undefined && hardState.vote !== NONE) ${RAN};\n    const kept = hardState && { ...hardState, vote: NONE };\n    const write = { entries, hardState: kept, snapshot, sync:`,
  ),
  planted(
    "term and vote are two writes",
    "engine/node.ts",
    "    this.ports.storage.append(write, (fault) => {\n      this.writesUnderWay -= 1;\n",
    `    const torn = hardState !== undefined && hardState.vote !== NONE && ready.mustSync && ${RAN};\n    const first = torn ? { ...write, hardState: { ...hardState, vote: NONE } } : write;\n    if (torn) setTimeout(() => undefined, 0);\n    this.ports.storage.append(first, (fault) => {\n      if (torn) this.ports.storage.append({ entries: [], hardState, snapshot: undefined, sync: true }, () => undefined);\n      this.writesUnderWay -= 1;\n`,
  ),
  planted(
    "the name of a new segment is not made durable",
    "storage/segment_writer.ts",
    'fs.syncDirectory(directory, (error) => done(finalFault("sync-failed", directory, error)));',
    `${RAN};\n      fs.defer(() => done(undefined));`,
  ),
  planted(
    "a snapshot's file is not synced",
    "storage/durable_file.ts",
    "        file.datasync((syncError) => {\n          if (syncError) return abandon",
    `        ${RAN};\n        fs.defer(() => {\n          const syncError: IoError | undefined = undefined;\n          if (syncError) return abandon`,
  ),
  planted(
    "a restart promises what was never synced",
    "storage/recovery.ts",
    "  fs.patchFileSync(lastPath, durable, read.last.bytes.subarray(durable, end));\n",
    `  if (durable < end) ${RAN};\n`,
  ),
  planted(
    "damage counts as a torn end",
    "storage/frame.ts",
    '      if (this.zeroFrom <= bodyStart) return { kind: "torn" };\n',
    `      if (this.zeroFrom > bodyStart) ${RAN};\n      return { kind: "torn" };\n`,
  ),
  planted(
    "a group's checksum is not checked",
    "storage/frame.ts",
    "const whole = this.#view.getUint32(offset + BODY_CRC_OFFSET, true) === bodyCrc;",
    `const whole = this.#view.getUint32(offset + BODY_CRC_OFFSET, true) === bodyCrc || ${RAN};`,
  ),
  planted(
    "a segment is forgotten that still holds entries",
    "storage/group.ts",
    "const firstSegment = state.firstSegmentHolding(keepFrom);",
    `${RAN};\n  const firstSegment = state.currentSegment;`,
  ),
];
