import { type EtcdBinary, etcdBinaries } from "../../server/clusters/etcd/testing/etcd_binaries";
import { RealEtcd } from "../../server/clusters/etcd/testing/real_etcd";
import { ServeConsole } from "../serve_console";
import { ClusterApi } from "./cluster_api";
import type { Subject } from "./subject";

function subjectOf({ label, path, missing }: EtcdBinary): Subject {
  return {
    label,
    missing: path === undefined ? missing : undefined,
    async open() {
      const etcd = new RealEtcd({ path: path ?? "" });
      let console: ServeConsole | undefined;
      const end = async () => {
        await console?.dispose();
        await etcd.end();
      };
      try {
        await etcd.up(3);
        console = await ServeConsole.start(["--etcd", `prod=${etcd.endpoints.join(",")}`]);
      } catch (error) {
        await end();
        throw error;
      }
      let newcomers = 3;
      return {
        api: new ClusterApi(console.url, "prod"),
        async newcomer() {
          newcomers += 1;
          const name = `n${newcomers}`;
          const { peerUrl } = await etcd.freeUrls();
          return {
            body: { name, peerUrls: [peerUrl] },
            async start({ learner }) {
              await etcd.startByCommand(name, learner?.command ?? "");
            },
          };
        },
        kill: ({ name }) => etcd.signal(name, "SIGKILL"),
        restart: async ({ name }) => etcd.start(name),
        end,
      };
    },
  };
}

/** Real etcd, each version that the console is tested on. */
export const etcdSubjects: readonly Subject[] = etcdBinaries.map(subjectOf);
