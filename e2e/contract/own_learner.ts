import { ownPort } from "../../server/testing/ports";
import { ShellProcess } from "../shell_process";
import type { ClusterApi } from "./cluster_api";
import type { Newcomer } from "./subject";

/** A learner of our own engine that nobody has added yet; started in `folder` by the command the console tells, among `shells`. */
export async function ownLearner(api: ClusterApi, folder: string, shells: ShellProcess[]): Promise<Newcomer> {
  const id = await api.nextId();
  const address = `127.0.0.1:${await ownPort()}`;
  return {
    body: { id, name: `n${id}`, address },
    async start({ learner }) {
      shells.push(new ShellProcess(learner?.command ?? "false", folder));
    },
  };
}
