import type { Replacement } from "../bundle";

/** A known bug, and how to plant it into the build of the simulator. The sources on the disk never hold it. */
export interface PlantedBug {
  readonly name: string;
  readonly replacements: readonly Replacement[];
}

/** Planted code says that it ran; a seed counts only then. Usable as an expression. */
export const RAN = "(globalThis.plantedRan = true)";

/** A bug that is one replaced piece of one file. */
export function planted(name: string, file: string, find: string, replace: string): PlantedBug {
  return { name, replacements: [{ file: `server/${file}`, find, replace }] };
}

/** A bug that takes several pieces, because another layer would otherwise make up for it. */
export function plantedIn(
  name: string,
  pieces: readonly (readonly [file: string, find: string, replace: string])[],
): PlantedBug {
  return {
    name,
    replacements: pieces.map(([file, find, replace]) => ({ file: `server/${file}`, find, replace })),
  };
}
