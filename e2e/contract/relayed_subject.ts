import { NodeCluster, nodeNames } from "../node_cluster";
import { ServeConsole } from "../serve_console";
import { installCommand, type ShellProcess } from "../shell_process";
import { ClusterApi } from "./cluster_api";
import { ownLearner } from "./own_learner";
import type { Subject } from "./subject";

/** Our own engine as three `rollcall node` processes, shown by a console that runs none of them. */
export const relayedSubject: Subject = {
  label: "embedded, through its nodes' consoles",
  missing: undefined,
  async open() {
    const cluster = await NodeCluster.start();
    installCommand(cluster.folder);
    const shells: ShellProcess[] = [];
    let console: ServeConsole | undefined;
    const end = async () => {
      await console?.dispose();
      for (const shell of shells) await shell.end();
      await cluster.dispose();
    };
    try {
      const urls = nodeNames.map((name) => cluster.urlOf(name));
      console = await ServeConsole.start(["--embedded", `app=${urls.join(",")}`]);
    } catch (error) {
      await end();
      throw error;
    }
    const api = new ClusterApi(console.url, "app");
    const named = (name: string) => {
      const found = nodeNames.find((one) => one === name);
      if (found === undefined) throw new Error(`no node ${name}`);
      return found;
    };
    return {
      api,
      newcomer: () => ownLearner(api, cluster.folder, shells),
      kill: ({ name }) => cluster.kill(named(name)),
      restart: async ({ name }) => cluster.run(named(name)),
      end,
    };
  },
};
