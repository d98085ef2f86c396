import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import type { Engine } from "../engine/types";
import { RaftClientService } from "../rpc/generated/d_engine_client_pb";
import { ClusterManagementService } from "../rpc/generated/d_engine_cluster_pb";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "../rpc/generated/grpc_health_pb";
import { checkReady, toClusterMembership, toLeaderDiscovery, toSnapshot } from "./answers";
import type { MembershipStreams } from "./streams";

const NO_JOIN =
  "Nodes join this cluster through its own console or command line, with a join token: from here they would bypass its fence and guards.";

/** What a node of ours answers to d-engine's clients: who is in the cluster and who leads. Nothing here changes anything. */
export function routesOf(engine: Engine, streams: MembershipStreams): (router: ConnectRouter) => void {
  const ready = () => {
    const status = engine.status();
    checkReady(status);
    return status;
  };
  return (router) => {
    router.service(RaftClientService, {
      async *watchMembership(_request, { signal }) {
        ready();
        for await (const view of streams.follow(engine.watchMembership(), signal)) yield toSnapshot(view);
      },
    });
    router.service(ClusterManagementService, {
      getClusterMetadata: () => toClusterMembership(ready()),
      discoverLeader: () => toLeaderDiscovery(ready()),
      joinCluster: () => {
        throw new ConnectError(NO_JOIN, Code.Unimplemented);
      },
    });
    router.service(Health, {
      check() {
        const { standing, membership } = engine.status();
        const serves = standing === "member" && membership.committedIndex > 0;
        return { status: serves ? Serving.SERVING : Serving.NOT_SERVING };
      },
    });
  };
}
