import { z } from "zod";
import { addressSchema, peerUrlSchema } from "../../protocol/api";

/** Clusters one console watches. */
const CLUSTERS_MAX = 64;
/** Endpoints of one cluster. */
export const ENDPOINTS_MAX = 64;

/** A cluster's name, as it stands in URLs. */
const clusterNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "a name is up to 63 lower-case letters, digits and dashes");

/** An address where an etcd member serves its clients. */
const etcdEndpointSchema = z
  .string()
  .refine(
    (text) => peerUrlSchema.safeParse(text).success,
    "an endpoint is https://host:port, or http://host:port without TLS",
  )
  .describe("https://host:port or http://host:port");

/** An address where a d-engine node serves its clients. */
const dEngineEndpointSchema = z
  .string()
  .refine(
    (text) => addressSchema.safeParse(text.replace(/^https?:\/\//, "")).success,
    "an endpoint is host:port",
  )
  .describe("host:port, or https://host:port where the node serves TLS");

function urlSchema(what: string) {
  return z
    .string()
    .regex(/^https?:\/\/[^/?#@\s]+[A-Za-z0-9._~/-]*$/, what)
    .refine((text) => URL.canParse(text), what);
}

/** Where a node of the embedded engine serves its console. */
const consoleUrlSchema = urlSchema("an endpoint is the URL of a node's console").describe(
  "http://host:port, or https://host/path behind a proxy",
);

const INLINE_SECRET = "inline-secret";
const NO_SECRET_SOURCE = "no-secret-source";

/** Where a secret is: never in the file itself, which is copied, mailed and committed. */
const secretSourceSchema = z.union(
  [
    z.strictObject({
      env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a variable is letters, digits and _"),
    }),
    z.strictObject({ file: z.string().min(1, "a file has a name") }),
  ],
  { error: ({ input }) => (typeof input === "object" && input !== null ? NO_SECRET_SOURCE : INLINE_SECRET) },
);
export type SecretSource = z.infer<typeof secretSourceSchema>;

const fileSchema = z.string().min(1, "a file has a name");

/** TLS towards a cluster: files in PEM. */
const tlsSchema = z.strictObject({
  /** Certificates that sign the servers'; absent: those of the system. */
  ca: fileSchema.optional(),
  certificate: fileSchema.optional(),
  key: fileSchema.optional(),
  /** The name the servers' certificates are for, where it is not the endpoint's host. */
  serverName: z.string().min(1).max(253).optional(),
});

const common = {
  name: clusterNameSchema,
  tls: tlsSchema.optional(),
  /** Shows this cluster and changes nothing. */
  readOnly: z.boolean().optional(),
};

const etcdSchema = z.strictObject({
  ...common,
  kind: z.literal("etcd"),
  endpoints: z.array(etcdEndpointSchema).min(1, "one endpoint at least").max(ENDPOINTS_MAX),
  user: z.string().min(1).max(256).optional(),
  password: secretSourceSchema.optional(),
  /** Instead of both: a token that etcd's Authenticate gave, or that was signed for etcd (JWT). */
  token: secretSourceSchema.optional(),
});

const dEngineSchema = z.strictObject({
  ...common,
  kind: z.literal("d-engine"),
  endpoints: z.array(dEngineEndpointSchema).min(1, "one endpoint at least").max(ENDPOINTS_MAX),
});

const embeddedSchema = z.strictObject({
  ...common,
  kind: z.literal("embedded"),
  endpoints: z.array(consoleUrlSchema).min(1, "one endpoint at least").max(ENDPOINTS_MAX),
  /** Where the nodes' consoles ask for one: a viewer's, to look only, or an operator's. */
  token: secretSourceSchema.optional(),
});

/** One cluster to attach to. */
export const clusterSchema = z.discriminatedUnion("kind", [etcdSchema, dEngineSchema, embeddedSchema]);
export type ClusterEntry = z.infer<typeof clusterSchema>;

/** An origin such as https://console.example.org. */
export const originSchema = z
  .string()
  .regex(/^https?:\/\/[^/?#@\s]+$/, "an origin is https://host or http://host:port, without a path");

/** host:port, or a host alone, that requests may be addressed to. */
export const hostSchema = z.string().regex(/^[^\s/?#@]+$/, "a host is a name or address, with its port");

/** The console itself. */
const consoleSchema = z.strictObject({
  host: z.string().min(1).max(253).optional(),
  port: z
    .number()
    .int("a port is a whole number")
    .min(1, "a port is 1 to 65535")
    .max(65_535, "a port is 1 to 65535")
    .optional(),
  dataDir: fileSchema.optional(),
  readOnly: z.boolean().optional(),
  trustedOrigins: z.array(originSchema).max(64).optional(),
  trustedHosts: z.array(hostSchema).max(64).optional(),
  /** Tokens of those who may change, or only look; from then on a token is needed. */
  operatorTokenFile: fileSchema.optional(),
  viewerTokenFile: fileSchema.optional(),
  /** Where a proxy serves the console; its path is the base path. */
  publicUrl: urlSchema("a public URL is https://host/path").optional(),
  basePath: z
    .string()
    .regex(
      /^(\/[A-Za-z0-9._~-]*[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/,
      "a base path begins with / and ends without one",
    )
    .optional(),
});

/** `rollcall.config.json`. Files are relative to the folder it is in. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  console: consoleSchema.optional(),
  clusters: z.array(clusterSchema).max(CLUSTERS_MAX).optional(),
});
export type ConfigFile = z.infer<typeof configSchema>;

/** Whether an issue's message is one of ours about secrets. */
export const secretIssues = { inline: INLINE_SECRET, noSource: NO_SECRET_SOURCE } as const;
