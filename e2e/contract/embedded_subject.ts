import { ownPort } from "../../server/testing/ports";
import { readPid } from "../console_api";
import { eventually } from "../eventually";
import { LocalCluster, signal } from "../local_cluster";
import { installCommand, ShellProcess } from "../shell_process";
import { ClusterApi } from "./cluster_api";
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
      async newcomer() {
        const id = await api.nextId();
        const address = `127.0.0.1:${await ownPort()}`;
        return {
          body: { id, name: `n${id}`, address },
          async start({ learner }) {
            shells.push(new ShellProcess(learner?.command ?? "false", cluster.folder));
          },
        };
      },
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
