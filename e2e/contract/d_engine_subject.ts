import { D_ENGINE_MISSING, DEngineNodes, dEngineProgram } from "../../server/clusters/testing/d_engine_nodes";
import { ownPort } from "../../server/testing/ports";
import { ServeConsole } from "../serve_console";
import { ClusterApi } from "./cluster_api";
import type { Subject } from "./subject";

/** Real d-engine nodes. */
export const dEngineSubject: Subject = {
  label: "d-engine 0.2.4",
  missing: dEngineProgram === undefined ? D_ENGINE_MISSING : undefined,
  async open() {
    const nodes = await DEngineNodes.start(3);
    let console: ServeConsole | undefined;
    const end = async () => {
      await console?.dispose();
      await nodes.end();
    };
    try {
      console = await ServeConsole.start(["--d-engine", `prod=${nodes.addresses.join(",")}`]);
    } catch (error) {
      await end();
      throw error;
    }
    let id = 3;
    return {
      api: new ClusterApi(console.url, "prod"),
      async newcomer() {
        id += 1;
        const own = id;
        const address = `127.0.0.1:${await ownPort()}`;
        return {
          // Nothing promotes it and nothing evicts it: what is proved does not depend on d-engine's own timing.
          body: { id: String(own), address, learnerKind: "read-only" },
          async start({ learner }) {
            nodes.configureFrom(own, learner?.command ?? "");
            nodes.run(own);
          },
        };
      },
      kill: ({ id: member }) => nodes.kill(Number(member)),
      restart: async ({ id: member }) => nodes.run(Number(member)),
      end,
    };
  },
};
