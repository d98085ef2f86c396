import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { RaftClientService } from "../../../rpc/generated/d_engine_client_pb";
import { ClusterManagementService } from "../../../rpc/generated/d_engine_cluster_pb";
import type { NodeRecord } from "../node_link";
import type { NodeView } from "../node_views";

/** What a scripted node says when it is asked. */
export interface Script {
  /** Undefined: its stream is not ready. */
  readonly view?: NodeView;
  readonly metadata: () => { readonly nodes: readonly NodeRecord[]; readonly leader: number };
  /** The term in which it says that it leads. */
  readonly term?: () => number;
}

/** A node of a d-engine cluster on loopback that says what a test wants it to say. */
export async function serveScript(
  script: Script,
): Promise<{ readonly address: string; readonly close: () => Promise<void> }> {
  const ended = new AbortController();
  const handle = connectNodeAdapter({
    routes: (router) => {
      router.service(RaftClientService, {
        async *watchMembership(_request, { signal }) {
          const { view } = script;
          if (view === undefined) throw new ConnectError("Service is not ready", Code.Unavailable);
          const { members, learners, committedIndex } = view;
          yield {
            members: [...members],
            learners: [...learners],
            committedIndex: BigInt(committedIndex),
          };
          await aborted(AbortSignal.any([signal, ended.signal]));
        },
      });
      router.service(ClusterManagementService, {
        getClusterMetadata() {
          const { nodes, leader } = script.metadata();
          return { nodes: nodes.map((node) => ({ ...node })), currentLeaderId: leader };
        },
        discoverLeader(request) {
          if (script.term === undefined) throw new ConnectError("not the leader", Code.PermissionDenied);
          const { leader, nodes } = script.metadata();
          const leaderAddress = nodes.find(({ id }) => id === leader)?.address ?? request.requesterAddress;
          return { leaderId: leader, leaderAddress, term: BigInt(script.term()) };
        },
      });
    },
  });
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: () => {
      ended.abort();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
}
