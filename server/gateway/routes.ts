import type { Route } from "./router";
import { actionRoutes } from "./routes/actions";
import { clusterRoutes } from "./routes/clusters";
import { machineRoutes } from "./routes/machine";
import { probeRoutes } from "./routes/probes";
import { sessionRoutes } from "./routes/session";

/** Everything the API answers. */
export const apiTable: readonly Route[] = [
  ...clusterRoutes,
  ...actionRoutes,
  ...machineRoutes,
  ...sessionRoutes,
  ...probeRoutes,
];
