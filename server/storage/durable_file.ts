import type { FileSystem, IoError, OpenFile } from "./file_system";
import { UNFINISHED_SUFFIX } from "./layout";

/** Why a file was not stored: which call failed, and how. */
export interface FileFault {
  readonly step: "write" | "sync";
  readonly path: string;
  readonly error: IoError;
}

/**
 * Stores a file so that after a crash its name stands for all of the new content or, if it existed, all of the old:
 * written under another name, synced, renamed, its directory synced. Answers once all of that is durable. After a
 * failure before the rename nothing has changed; a failed sync of the directory leaves open which of the two will be found.
 */
export function storeFile(
  fs: FileSystem,
  directory: string,
  name: string,
  bytes: Uint8Array,
  done: (fault: FileFault | undefined) => void,
): void {
  const path = `${directory}/${name}`;
  const unfinished = path + UNFINISHED_SUFFIX;
  const fault = (step: FileFault["step"], error: IoError) => done({ step, path, error });
  const abandon = (file: OpenFile, step: FileFault["step"], error: IoError) => {
    file.close(() => fs.unlink(unfinished, () => fault(step, error)));
  };
  const write = () =>
    fs.create(unfinished, (createError, file) => {
      if (file === undefined) return fault("write", createError ?? new Error("no file"));
      writeFully(file, bytes, 0, (writeError) => {
        if (writeError) return abandon(file, "write", writeError);
        file.datasync((syncError) => {
          if (syncError) return abandon(file, "sync", syncError);
          file.close(() => rename());
        });
      });
    });
  const rename = () =>
    fs.rename(unfinished, path, (renameError) => {
      if (renameError) return fs.unlink(unfinished, () => fault("write", renameError));
      fs.syncDirectory(directory, (syncError) => {
        if (syncError) fault("sync", syncError);
        else done(undefined);
      });
    });
  // What an earlier, failed attempt may have left; as a rule there is nothing.
  fs.unlink(unfinished, write);
}

/** Writes all of `bytes` at `position`, in as many calls as it takes. */
export function writeFully(
  file: OpenFile,
  bytes: Uint8Array,
  position: number,
  done: (error: IoError | undefined) => void,
): void {
  file.write(bytes, position, (error, written) => {
    if (error) return done(error);
    if (written === bytes.length) return done(undefined);
    if (written <= 0) return done(new Error(`a write to ${file.path} wrote nothing`));
    writeFully(file, bytes.subarray(written), position + written, done);
  });
}
