import { z } from "zod";
import {
  type ClusterSummary,
  changesBodySchema,
  historyQuerySchema,
  requestIdSchema,
} from "../../../protocol/api";
import { assessChange } from "../../../protocol/assess";
import { freshnessOf } from "../../../protocol/freshness";
import { etagOf } from "../../../protocol/membership";
import { describeState } from "../../../protocol/state";
import type { ClusterStatus } from "../../../protocol/status";
import { namesOf } from "../../../protocol/words";
import type { Cluster } from "../../clusters/cluster";
import { offeredCapabilities } from "../console";
import { json, refuse } from "../reply";
import { type Route, route } from "../router";
import { clusterParams, withCluster } from "./cluster_route";

/** What a watch holds now. */
export function newest<T>(watch: { borrow(): T; close(): void }): T {
  const value = watch.borrow();
  watch.close();
  return value;
}

/** Only from what is held: a cluster that does not answer delays nobody. */
function summaryOf(cluster: Cluster): Omit<ClusterSummary, "capabilities"> {
  const status: ClusterStatus = newest(cluster.watchStatus());
  const { factAgeMs, configuration, leadership, members, notices } = status;
  const { live } = freshnessOf({ socket: "open", frameAgeMs: 0, factAgeMs });
  const { state, sentence } = describeState(status, { dataAgeMs: factAgeMs, live });
  const [gravest] = notices;
  return {
    name: cluster.name,
    kind: cluster.kind,
    state,
    sentence,
    leader: live && leadership.id !== null ? namesOf(members)(leadership.id) : null,
    term: leadership.term,
    voters: new Set([...configuration.incoming, ...configuration.outgoing]).size,
    learners: configuration.learners.length,
    factAgeMs,
    notice: gravest === undefined ? null : { tone: gravest.tone, text: gravest.text },
  };
}

const list = route({
  method: "GET",
  path: "/api/clusters",
  handle: ({ console, caller }) =>
    json({
      clusters: [...console.clusters.values()].map((cluster) => ({
        ...summaryOf(cluster),
        capabilities: offeredCapabilities(console, caller, cluster),
      })),
    }),
});

const membership = route({
  method: "GET",
  path: "/api/clusters/:cluster/membership",
  params: clusterParams,
  handle: ({ console, params, request }) =>
    withCluster(console, params.cluster, (cluster) => {
      const view = newest(cluster.watchMembership());
      const etag = etagOf(view);
      if (request.headers["if-none-match"] === etag) return { status: 304, headers: { etag } };
      return json(view, { etag });
    }),
});

const status = route({
  method: "GET",
  path: "/api/clusters/:cluster/status",
  params: clusterParams,
  handle: ({ console, params }) =>
    withCluster(console, params.cluster, (cluster) => json(newest(cluster.watchStatus()))),
});

const assess = route({
  method: "POST",
  path: "/api/clusters/:cluster/assess",
  mutates: false,
  params: clusterParams,
  body: changesBodySchema,
  handle: ({ console, caller, params, body }) =>
    withCluster(console, params.cluster, (cluster) => {
      const now = newest(cluster.watchStatus());
      const { configuration, members, leadership, changeInProgress, loopbackOnly } = now;
      const capabilities = offeredCapabilities(console, caller, cluster);
      const known = { configuration, members, leadership, changeInProgress, loopbackOnly, capabilities };
      return json(assessChange({ ...known, changes: body.changes, cluster: cluster.name }));
    }),
});

const history = route({
  method: "GET",
  path: "/api/clusters/:cluster/history",
  params: clusterParams,
  query: historyQuerySchema.strict(),
  handle: ({ console, params, query }) =>
    withCluster(console, params.cluster, async (cluster) => {
      const page = await cluster.history(query.after, query.limit);
      if ("code" in page) return refuse(page);
      const { entries, more } = page;
      if (query.learners === undefined) return json({ entries, more });
      return json({ entries: entries.map((entry) => ({ ...entry, learners: [] })), more });
    }),
});

const nextLearner = route({
  method: "GET",
  path: "/api/clusters/:cluster/learners/next",
  params: clusterParams,
  handle: ({ console, params }) =>
    withCluster(console, params.cluster, async (cluster) => {
      const next = await cluster.nextLearner();
      return "code" in next ? refuse(next) : json(next);
    }),
});

const requestParams = z.object({ cluster: z.string(), request: requestIdSchema });

const outcome = route({
  method: "GET",
  path: "/api/clusters/:cluster/requests/:request",
  params: requestParams,
  handle: ({ console, params }) =>
    withCluster(console, params.cluster, async (cluster) => {
      const found = await cluster.requestOutcome(params.request);
      return "code" in found ? refuse(found) : json(found);
    }),
});

const settle = route({
  method: "POST",
  path: "/api/clusters/:cluster/requests/:request/settle",
  params: requestParams,
  handle: ({ console, params }) =>
    withCluster(console, params.cluster, async (cluster) => {
      const found = await cluster.settleRequest(params.request);
      return "code" in found ? refuse(found) : json(found);
    }),
});

/** What can be read of a cluster, and the requests that change no membership. */
export const clusterRoutes: readonly Route[] = [
  list,
  membership,
  status,
  assess,
  history,
  nextLearner,
  outcome,
  settle,
];
