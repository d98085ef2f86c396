import { z } from "zod";
import { problem } from "../../../protocol/problem";
import type { Cluster } from "../../clusters/cluster";
import type { Console } from "../console";
import { type Reply, refuse } from "../reply";

/** Parameters of every path below one cluster. */
export const clusterParams = z.object({ cluster: z.string() });

/** Goes on with the cluster of a path, or says which there are. */
export async function withCluster(
  console: Console,
  name: string,
  use: (cluster: Cluster) => Promise<Reply> | Reply,
): Promise<Reply> {
  const cluster = console.clusters.get(name);
  if (cluster !== undefined) return use(cluster);
  const known = [...console.clusters.keys()].join(", ") || "none";
  return refuse(
    problem("not-found", `There is no cluster ${JSON.stringify(name)} here; there is: ${known}.`),
  );
}
