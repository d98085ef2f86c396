import { readPid } from "../console_api";
import { eventually } from "../eventually";
import { LocalCluster, signal } from "../local_cluster";
import { installCommand, type ShellProcess } from "../shell_process";
import { ClusterApi } from "./cluster_api";
import { ownLearner } from "./own_learner";
import type { Subject } from "./subject";

/** Our own engine: three processes of `rollcall up`, each with a console of its own. */
export const embeddedSubject: Subject = {
  label: "embedded",
  missing: undefined,
  async open() {
    const cluster = await LocalCluster.up();
    installCommand(cluster.folder);
    const shells: ShellProcess[] = [];
    const api = new ClusterApi(cluster.url, "local");
    return {
      api,
      newcomer: () => ownLearner(api, cluster.folder, shells),
      async kill({ console }) {
        signal(await readPid(console ?? ""), "SIGKILL");
      },
      async restart({ id: member }) {
        await eventually(`process ${member} starts`, async () => {
          const url = `${cluster.url}/api/machine/processes/${member}/start`;
          const headers = { "content-type": "application/json" };
          return (await fetch(url, { method: "POST", headers, body: "{}" })).ok;
        });
      },
      async end() {
        for (const shell of shells) await shell.end();
        await cluster.dispose();
      },
    };
  },
};
