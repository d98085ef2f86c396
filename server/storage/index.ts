/** The public surface of storage. */
export { type Clock, systemClock } from "./clock";
export { type Creation, createData, type ExpectedIdentity } from "./data_directory";
export { type DirectoryHolder, directoryHolder, type LockOptions } from "./directory_lock";
export type { EngineFiles } from "./engine_files";
export { isOpenFault, type OpenFault } from "./faults";
export type { FileSystem } from "./file_system";
export { joiningUuid } from "./joining_uuid";
export type { Manifest } from "./manifest";
export {
  createDataDirectory,
  inspectDataDirectory,
  type NodeStorage,
  type OpenDataOptions,
  type OpenStorageOptions,
  openData,
  openLogStorage,
  type TestDisk,
} from "./open_storage";
export type { LogStorage, LogWrite, Recovered, StorageFault, WriteDone } from "./types";
