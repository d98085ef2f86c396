import { z } from "zod";
import { processActionBodySchema, processActionSchema, writeLoadBodySchema } from "../../../protocol/machine";
import { memberIdSchema } from "../../../protocol/membership";
import { problem } from "../../../protocol/problem";
import type { ProcessHost } from "../../clusters/cluster";
import type { Console } from "../console";
import { json, type Reply, refuse } from "../reply";
import { type Route, route } from "../router";
import { newest } from "./clusters";

async function withMachine(
  console: Console,
  use: (host: ProcessHost) => Promise<Reply> | Reply,
): Promise<Reply> {
  if (console.machine !== undefined) return use(console.machine);
  return refuse(problem("not-found", "This console runs no processes of this machine."));
}

const machine = route({
  method: "GET",
  path: "/api/machine",
  handle: ({ console }) => withMachine(console, (host) => json(newest(host.watch()))),
});

const act = route({
  method: "POST",
  path: "/api/machine/processes/:id/:action",
  params: z.object({ id: memberIdSchema, action: processActionSchema }),
  body: processActionBodySchema,
  handle: ({ console, params, body }) =>
    withMachine(console, async (host) => {
      const failed = await host.act(params.id, params.action, body.confirmQuorumLoss ?? false);
      return failed === undefined ? json(newest(host.watch())) : refuse(failed);
    }),
});

const load = route({
  method: "POST",
  path: "/api/machine/load",
  body: writeLoadBodySchema,
  handle: ({ console, body }) =>
    withMachine(console, (host) => {
      const failed = host.setLoad(body.ratePerSecond);
      return failed === undefined ? json(newest(host.watch())) : refuse(failed);
    }),
});

/** The processes of this machine; only where this console runs them. */
export const machineRoutes: readonly Route[] = [machine, act, load];
