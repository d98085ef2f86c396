import type { Capabilities } from "../status";

const yes = { ok: true } as const;
const no = { ok: false, reason: "Not here." } as const;

/** A cluster that can do everything. */
export const everything: Capabilities = {
  addLearner: yes,
  promote: yes,
  demote: yes,
  remove: yes,
  transfer: yes,
  joint: yes,
  guided: yes,
  startHere: yes,
  updateAddress: yes,
  learner: { id: "chosen", address: "host-port", kinds: [] },
  idFormat: "decimal",
  fence: "atomic",
};

/** A cluster without joint consensus that takes one learner at a time, as etcd is. */
export const oneAtATime: Capabilities = {
  ...everything,
  demote: no,
  joint: no,
  startHere: no,
  learner: { id: "assigned", address: "peer-urls", kinds: [], atOnce: 1 },
  idFormat: "hex",
  fence: "best-effort",
};
