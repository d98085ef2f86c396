import { z } from "zod";
import {
  addLearnerBodySchema,
  changesBodySchema,
  createPlanBodySchema,
  emptyBodySchema,
  planVerbSchema,
  removeBodySchema,
  requestIdSchema,
  steerPlanBodySchema,
  transferBodySchema,
  updateAddressBodySchema,
} from "../../../protocol/api";
import { memberIdSchema } from "../../../protocol/membership";
import { problem } from "../../../protocol/problem";
import type { Action } from "../../clusters/cluster";
import { readFence, readForce, readRequest } from "../action_context";
import { type Console, mayForce } from "../console";
import { changed, json, type Reply, refuse } from "../reply";
import { type Call, type Route, route } from "../router";
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

/** Who asks what of which cluster. */
type Asked = Pick<
  Call<{ readonly cluster: string }, unknown, unknown>,
  "console" | "caller" | "request" | "params"
>;

function act({ console, caller, request, params }: Asked, action: Action): Promise<Reply> {
  return withCluster(console, params.cluster, (cluster) => {
    const fence = readFence(request.headers);
    if (!fence.ok) return refuse(fence.problem);
    const carried = readRequest(request.headers, caller.actor);
    if (!carried.ok) return refuse(carried.problem);
    const force = readForce(request.headers, mayForce(console, caller, cluster));
    if (!force.ok) return refuse(force.problem);
    return counted(console, async () => {
      const context = { ...carried.value, fence: fence.value, ...force.value };
      const result = await cluster.act(action, context);
      return result.ok ? changed(result.answer) : refuse(result.problem);
    });
  });
}

const addLearner = route({
  method: "POST",
  path: "/api/clusters/:cluster/learners",
  params: clusterParams,
  body: addLearnerBodySchema,
  handle: (call) => act(call, { kind: "add-learner", ...call.body }),
});

function vote(kind: "promote" | "demote"): Route {
  return route({
    method: "POST",
    path: `/api/clusters/:cluster/members/:id/${kind}`,
    params: memberParams,
    body: emptyBodySchema,
    handle: (call) => act(call, { kind, id: call.params.id }),
  });
}

const remove = route({
  method: "DELETE",
  path: "/api/clusters/:cluster/members/:id",
  params: memberParams,
  query: removeQuery,
  body: removeBodySchema,
  handle: (call) => {
    const stopProcess = call.body.stopProcess ?? call.query.stopProcess === "true";
    return act(call, { kind: "remove", id: call.params.id, stopProcess });
  },
});

const updateAddress = route({
  method: "PUT",
  path: "/api/clusters/:cluster/members/:id/peer-urls",
  params: memberParams,
  body: updateAddressBodySchema,
  handle: (call) => act(call, { kind: "update-address", id: call.params.id, ...call.body }),
});

const changes = route({
  method: "POST",
  path: "/api/clusters/:cluster/changes",
  params: clusterParams,
  body: changesBodySchema,
  handle: (call) => act(call, { kind: "changes", changes: call.body.changes }),
});

const transfer = route({
  method: "POST",
  path: "/api/clusters/:cluster/leader",
  params: clusterParams,
  body: transferBodySchema,
  handle: ({ console, caller, params, request, body }) =>
    withCluster(console, params.cluster, (cluster) => {
      const carried = readRequest(request.headers, caller.actor);
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
  handle: ({ console, caller, params, request, body }) =>
    withCluster(console, params.cluster, (cluster) => {
      const carried = readRequest(request.headers, caller.actor);
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
  body: steerPlanBodySchema,
  handle: ({ console, params, body }) =>
    withCluster(console, params.cluster, (cluster) =>
      counted(console, async () => {
        const trouble = await cluster.steerPlan(params.id, params.verb, body.typedName);
        return trouble === undefined ? json({ id: params.id }) : refuse(trouble);
      }),
    ),
});

/** What changes a cluster's membership or leader. */
export const actionRoutes: readonly Route[] = [
  addLearner,
  vote("promote"),
  vote("demote"),
  remove,
  updateAddress,
  changes,
  transfer,
  createPlan,
  steerPlan,
];
