import { buildOpenApi, type OpenApiDocument } from "../../../protocol/openapi";
import { problem } from "../../../protocol/problem";
import { json, refuse } from "../reply";
import { type Route, route } from "../router";

const nobody = { clusterId: null, nodeId: null, uuid: null };

/** Alive: this process answers. Says who it is, so that its starter can recognise it. */
const livez = route({
  method: "GET",
  path: "/livez",
  open: true,
  handle: ({ console }) => {
    const embedded = [...console.clusters.values()].find((cluster) => cluster.kind === "embedded");
    return json({ ok: true, pid: process.pid, ...(embedded?.identity() ?? nobody) });
  },
});

/** Ready: this console can show its clusters. Also while a cluster has lost quorum: that is when it is needed most. */
const readyz = route({
  method: "GET",
  path: "/readyz",
  open: true,
  handle: ({ console }) => {
    const waiting = [...console.clusters.values()].filter((cluster) => !cluster.ready());
    if (waiting.length === 0) return json({ ok: true });
    const names = waiting.map((cluster) => cluster.name).join(", ");
    return refuse(problem("not-ready", `This console has no view yet of: ${names}.`));
  },
});

/** For Prometheus. Where the console asks for credentials, a viewer's token reads it. */
const metrics = route({
  method: "GET",
  path: "/metrics",
  handle: ({ console }) => ({
    status: 200,
    text: {
      type: "text/plain; version=0.0.4; charset=utf-8",
      text: console.metrics.text(console.clusters.values(), console.version),
    },
  }),
});

let description: OpenApiDocument | undefined;

const openApi = route({
  method: "GET",
  path: "/api/openapi.json",
  handle: ({ console }) => {
    description ??= buildOpenApi({ version: console.version });
    return json(description);
  },
});

/** What is asked about this process itself. */
export const probeRoutes: readonly Route[] = [livez, readyz, metrics, openApi];
