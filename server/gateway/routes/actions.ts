import type { IncomingMessage } from "node:http";
import { z } from "zod";
import {
  addLearnerBodySchema,
  changesBodySchema,
  createPlanBodySchema,
  emptyBodySchema,
  planVerbSchema,
  removeBodySchema,
  requestIdSchema,
  transferBodySchema,
  updateAddressBodySchema,
} from "../../../protocol/api";
import { memberIdSchema } from "../../../protocol/membership";
import { problem } from "../../../protocol/problem";
import type { Action } from "../../clusters/cluster";
import { readFence, readRequest } from "../action_context";
import type { Console } from "../console";
import { changed, json, type Reply, refuse } from "../reply";
import { type Route, route } from "../router";
import { clusterParams, withCluster } from "./cluster_route";

const memberParams = z.object({ cluster: z.string(), id: memberIdSchema });
const planParams = z.object({ cluster: z.string(), id: requestIdSchema, verb: planVerbSchema });
const removeQuery = z.strictObject({ stopProcess: z.enum(["true", "false"]).optional() });

function counted(console: Console, work: () => Promise<Reply>): Promise<Reply> {
  const refused = () =>
    refuse(
      problem("too-many-requests", "Too many changes are being worked on here; nothing was done. Try again."),
    );
  return console.actions.run(work, refused);
}

function act(console: Console, name: string, request: IncomingMessage, action: Action): Promise<Reply> {
  return withCluster(console, name, (cluster) => {
    const fence = readFence(request.headers);
    if (!fence.ok) return refuse(fence.problem);
    const carried = readRequest(request.headers, console.actor);
    if (!carried.ok) return refuse(carried.problem);
    return counted(console, async () => {
      const result = await cluster.act(action, { ...carried.value, fence: fence.value });
      return result.ok ? changed(result.answer) : refuse(result.problem);
    });
  });
}

const addLearner = route({
  method: "POST",
  path: "/api/clusters/:cluster/learners",
  params: clusterParams,
  body: addLearnerBodySchema,
  handle: ({ console, params, request, body }) =>
    act(console, params.cluster, request, { kind: "add-learner", ...body }),
});

const promote = route({
  method: "POST",
  path: "/api/clusters/:cluster/members/:id/promote",
  params: memberParams,
  body: emptyBodySchema,
  handle: ({ console, params, request }) =>
    act(console, params.cluster, request, { kind: "promote", id: params.id }),
});

const demote = route({
  method: "POST",
  path: "/api/clusters/:cluster/members/:id/demote",
  params: memberParams,
  body: emptyBodySchema,
  handle: ({ console, params, request }) =>
    act(console, params.cluster, request, { kind: "demote", id: params.id }),
});

const remove = route({
  method: "DELETE",
  path: "/api/clusters/:cluster/members/:id",
  params: memberParams,
  query: removeQuery,
  body: removeBodySchema,
  handle: ({ console, params, query, request, body }) => {
    const stopProcess = body.stopProcess ?? query.stopProcess === "true";
    return act(console, params.cluster, request, { kind: "remove", id: params.id, stopProcess });
  },
});

const updateAddress = route({
  method: "PUT",
  path: "/api/clusters/:cluster/members/:id/peer-urls",
  params: memberParams,
  body: updateAddressBodySchema,
  handle: ({ console, params, request, body }) =>
    act(console, params.cluster, request, { kind: "update-address", id: params.id, ...body }),
});

const changes = route({
  method: "POST",
  path: "/api/clusters/:cluster/changes",
  params: clusterParams,
  body: changesBodySchema,
  handle: ({ console, params, request, body }) =>
    act(console, params.cluster, request, { kind: "changes", changes: body.changes }),
});

const transfer = route({
  method: "POST",
  path: "/api/clusters/:cluster/leader",
  params: clusterParams,
  body: transferBodySchema,
  handle: ({ console, params, request, body }) =>
    withCluster(console, params.cluster, (cluster) => {
      const carried = readRequest(request.headers, console.actor);
      if (!carried.ok) return refuse(carried.problem);
      const seen = { leader: body.leader, term: body.term };
      return counted(console, async () => {
        const result = await cluster.transfer(body.target, seen, carried.value);
        return result.ok ? changed(result.answer) : refuse(result.problem);
      });
    }),
});

const createPlan = route({
  method: "POST",
  path: "/api/clusters/:cluster/plans",
  params: clusterParams,
  body: createPlanBodySchema,
  handle: ({ console, params, request, body }) =>
    withCluster(console, params.cluster, (cluster) => {
      const carried = readRequest(request.headers, console.actor);
      if (!carried.ok) return refuse(carried.problem);
      return counted(console, async () => {
        const trouble = await cluster.createPlan(body, carried.value);
        return trouble === undefined ? json({ id: carried.value.requestId }) : refuse(trouble);
      });
    }),
});

const steerPlan = route({
  method: "POST",
  path: "/api/clusters/:cluster/plans/:id/:verb",
  params: planParams,
  body: emptyBodySchema,
  handle: ({ console, params }) =>
    withCluster(console, params.cluster, (cluster) =>
      counted(console, async () => {
        const trouble = await cluster.steerPlan(params.id, params.verb);
        return trouble === undefined ? json({ id: params.id }) : refuse(trouble);
      }),
    ),
});

/** What changes a cluster's membership or leader. */
export const actionRoutes: readonly Route[] = [
  addLearner,
  promote,
  demote,
  remove,
  updateAddress,
  changes,
  transfer,
  createPlan,
  steerPlan,
];
