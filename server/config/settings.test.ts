import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { faultWords, sourceWords } from "./config_fault";
import { loadSettings, type SettingInputs } from "./settings";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-config-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(config: unknown, more: Partial<SettingInputs> = {}) {
  if (config !== undefined) {
    const text = typeof config === "string" ? config : JSON.stringify(config, null, 2);
    writeFileSync(join(folder, "rollcall.config.json"), text);
  }
  return loadSettings({ text: {}, flags: new Set(), env: {}, cwd: folder, now: Date.now(), ...more });
}

function words(config: unknown, more: Partial<SettingInputs> = {}): string[] {
  return load(config, more).faults.map((fault) => faultWords(fault).replaceAll(folder, "."));
}

const prod = { name: "prod", kind: "etcd", endpoints: ["https://10.0.0.1:2379"] };

/** A key and certificate, as openssl makes them. */
function pair(name: string): void {
  const words = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "30",
  ];
  const files = ["-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.pem`)];
  execFileSync("openssl", [...words, "-subj", `/CN=${name}`, ...files], { stdio: "ignore" });
  chmodSync(join(folder, `${name}.key`), 0o600);
}

test("takes flags before the environment, and the environment before the file", () => {
  const file = { console: { port: 1001, host: "127.0.0.2", dataDir: "data" } };
  const { settings, faults } = load(file, {
    text: { port: "1003" },
    env: { ROLLCALL_PORT: "1002", ROLLCALL_HOST: "127.0.0.3", ROLLCALL_READ_ONLY: "1" },
  });
  expect(faults).toEqual([]);
  expect(settings.console).toMatchObject({
    port: 1003,
    host: "127.0.0.3",
    readOnly: true,
    dataDir: join(folder, "data"),
  });
});

test("knows where each setting of the console was said", () => {
  const { sourceOf } = load(
    { console: { port: 1001, host: "127.0.0.2", dataDir: "data" } },
    { text: { port: "1003" }, env: { ROLLCALL_HOST: "127.0.0.3" } },
  );
  const where = (key: Parameters<typeof sourceOf>[0]) => sourceWords(sourceOf(key));
  expect(where("port")).toBe("--port");
  expect(where("host")).toBe("ROLLCALL_HOST");
  expect(where("dataDir")).toBe("rollcall.config.json:5:16 console.dataDir");
  expect(where("operatorTokenFile")).toBe("--operator-token-file");
});

test("puts clusters of flags before those of the file, by name", () => {
  const file = { clusters: [{ ...prod, name: "etcd" }, prod] };
  const { settings, faults } = load(file, { text: { etcd: "http://127.0.0.1:2379" } });
  expect(faults).toEqual([]);
  expect(settings.clusters.map(({ name, endpoints }) => `${name} ${endpoints[0]}`)).toEqual([
    "etcd http://127.0.0.1:2379",
    "prod https://10.0.0.1:2379",
  ]);
});

test("attaches every cluster read-only to a console that is", () => {
  const clusters = [prod, { name: "lab", kind: "d-engine", endpoints: ["10.1.0.1:9081"] }];
  const readOnly = (more: Partial<SettingInputs>) =>
    load({ clusters }, more).settings.clusters.map((cluster) => cluster.readOnly);
  expect(readOnly({})).toEqual([false, false]);
  expect(readOnly({ flags: new Set(["read-only"]) })).toEqual([true, true]);
});

test("names a cluster of a flag where the flag does", () => {
  const { settings } = load(undefined, { text: { "d-engine": "lab=127.0.0.1:9081,127.0.0.1:9082" } });
  expect(settings.clusters).toMatchObject([
    { name: "lab", kind: "d-engine", endpoints: ["127.0.0.1:9081", "127.0.0.1:9082"] },
  ]);
});

test("says of every unknown key which one was meant, and where it stands", () => {
  const config = { console: { prot: 7400 }, clusters: [{ ...prod, tls: { cacert: "x" }, endpont: [] }] };
  expect(words(config)).toEqual([
    'rollcall.config.json:3:5 console.prot: There is no key "prot" here. Did you mean "port"?',
    'rollcall.config.json:13:9 clusters[0].tls.cacert: There is no key "cacert" here. Did you mean "ca"?',
    'rollcall.config.json:15:7 clusters[0].endpont: There is no key "endpont" here. Did you mean "endpoints"?',
  ]);
});

test("refuses a secret that stands in the file, and does not repeat it", () => {
  const [found, ...others] = words({ clusters: [{ ...prod, user: "root", password: "hunter2" }] });
  expect(others).toEqual([]);
  expect(found).toContain("clusters[0].password: The password itself stands in the file");
  expect(found).not.toContain("hunter2");
  const [inUrl] = words({ clusters: [{ ...prod, endpoints: ["https://root:hunter2@10.0.0.1:2379"] }] });
  expect(inUrl).toContain("The endpoint holds a user or a password.");
  expect(inUrl).not.toContain("hunter2");
  const [misplaced] = words({ clusters: [{ ...prod, user: "root", password: { env: "hunter-2!" } }] });
  expect(misplaced).not.toContain("hunter");
});

test("reads a password from the environment and from a file", () => {
  writeFileSync(join(folder, "secret"), "hunter2\n", { mode: 0o600 });
  const from = (password: unknown, env = {}) =>
    load({ clusters: [{ ...prod, user: "root", password }] }, { env }).settings.clusters[0]?.credentials;
  expect(from({ file: "secret" })).toEqual({ user: "root", password: "hunter2" });
  expect(from({ env: "PW" }, { PW: "other" })).toEqual({ user: "root", password: "other" });
  expect(words({ clusters: [{ ...prod, user: "root", password: { env: "PW" } }] })).toEqual([
    "rollcall.config.json:11:16 clusters[0].password.env: The variable PW is not set. Set it in the environment this console starts in.",
  ]);
});

test("takes a token instead of user and password, from the environment or a file, and reads the file again", () => {
  const path = join(folder, "token");
  writeFileSync(path, "abc.17\n", { mode: 0o600 });
  const from = (more: object, env = {}) => {
    const credentials = load({ clusters: [{ ...prod, ...more }] }, { env }).settings.clusters[0]?.credentials;
    return credentials !== undefined && "token" in credentials ? credentials.token : undefined;
  };
  expect(from({ token: { env: "TOKEN" } }, { TOKEN: "def.18" })?.()).toBe("def.18");
  const token = from({ token: { file: "token" } });
  expect(token?.()).toBe("abc.17");
  writeFileSync(path, "ghi.19\n");
  expect(token?.()).toBe("ghi.19");
  // Whoever renews it may be in the middle of it.
  writeFileSync(path, "");
  expect(token?.()).toBe("ghi.19");
  rmSync(path);
  expect(token?.()).toBe("ghi.19");
  rmSync(join(folder, "rollcall.config.json"));
  const given = load(undefined, {
    text: { etcd: "https://10.0.0.1:2379" },
    env: { ROLLCALL_ETCD_TOKEN: "jkl.20" },
  });
  expect(given.faults).toEqual([]);
  expect(given.settings.clusters[0]?.credentials).toMatchObject({ token: expect.any(Function) });
});

test("says what is wrong with a token, and does not repeat it", () => {
  writeFileSync(join(folder, "token"), "hunter2 and more\n", { mode: 0o600 });
  const say = (more: object, env = {}) => words({ clusters: [{ ...prod, ...more }] }, { env });
  expect(say({ token: "hunter2" })[0]).toContain("clusters[0].token: The token itself stands in the file");
  const [inFile, ...others] = say({ token: { file: "token" } });
  expect(others).toEqual([]);
  expect(inFile).toContain("clusters[0].token.file: What stands there is no token");
  expect(say({ token: { env: "TOKEN" } })[0]).toContain("The variable TOKEN is not set.");
  const both = say({ user: "root", token: { env: "TOKEN" } }, { TOKEN: "hunter2" });
  expect(both).toEqual([
    expect.stringContaining("clusters[0].token: A token stands beside a user or a password."),
  ]);
  expect([...say({ token: "hunter2" }), inFile, ...both].join()).not.toContain("hunter2");
  rmSync(join(folder, "rollcall.config.json"));
  const given = { text: { etcd: "https://10.0.0.1:2379" }, env: { ROLLCALL_ETCD_TOKEN: "hunter2 " } };
  expect(words(undefined, given)).toEqual([expect.stringMatching(/^ROLLCALL_ETCD_TOKEN: What stands there/)]);
});

test("says that d-engine takes no credentials", () => {
  const lab = { name: "lab", kind: "d-engine", endpoints: ["10.1.0.1:9081"] };
  expect(words({ clusters: [{ ...lab, user: "root" }] })).toEqual([
    expect.stringContaining(
      'clusters[0].user: A cluster of kind "d-engine" has no "user": it asks nobody who they are.',
    ),
  ]);
});

test("takes a cluster of our own engine by its consoles, with a token", () => {
  const token = { env: "APP_TOKEN" };
  const app = { name: "app", kind: "embedded", endpoints: ["http://10.2.0.1:7400"], token };
  expect(words({ clusters: [app] }, { env: { APP_TOKEN: "of-an-operator" } })).toEqual([
    expect.stringContaining("warning: The credentials would cross the network in the clear."),
  ]);
  for (const wrong of ["10.2.0.1:7400", "http://10.2.0.1:74000"]) {
    expect(words({ clusters: [{ ...app, endpoints: [wrong] }] })[0]).toContain(
      "clusters[0].endpoints[0]: An endpoint is the URL of a node's console",
    );
  }
  expect(words({ clusters: [{ ...app, user: "root" }] })[0]).toContain(
    'A cluster of kind "embedded" has no "user": its consoles take a token.',
  );
});

test("says which endpoint has no form, which kind there is not, and which name comes twice", () => {
  expect(words({ clusters: [{ ...prod, endpoints: ["10.0.0.1:2379"] }] })[0]).toContain(
    "clusters[0].endpoints[0]: An endpoint is https://host:port",
  );
  expect(words({ clusters: [{ ...prod, kind: "etdc" }] })[0]).toContain(
    '"etdc" is no kind of cluster. Did you mean "etcd"?',
  );
  expect(words({ clusters: [prod, { ...prod, endpoints: ["https://10.0.0.2:2379"] }] })[0]).toContain(
    'clusters[1].name: A cluster before it is named "prod" already.',
  );
  expect(words({ clusters: [prod, { ...prod, name: "copy" }] })[0]).toContain(
    "warning: https://10.0.0.1:2379 belongs to the cluster prod too.",
  );
});

test("looks into certificates and keys", () => {
  pair("one");
  pair("other");
  const tls = (files: object) => words({ clusters: [{ ...prod, tls: files }] });
  expect(tls({ ca: "one.pem", certificate: "one.pem", key: "one.key" })).toEqual([]);
  expect(tls({ certificate: "one.pem", key: "other.key" })[0]).toContain(
    "The key does not belong to the certificate.",
  );
  expect(tls({ ca: "one.key" })[0]).toContain("It holds a private key and no certificate.");
  expect(tls({ ca: "none.pem" })[0]).toContain("./none.pem cannot be read: it does not exist.");
  expect(tls({ certificate: "one.pem" })[0]).toContain("A client certificate needs its key.");
  chmodSync(join(folder, "one.key"), 0o644);
  expect(tls({ certificate: "one.pem", key: "one.key" })[0]).toContain(
    "warning: Other users of this machine",
  );
  const late = load(
    { clusters: [{ ...prod, tls: { ca: "one.pem" } }] },
    { now: Date.now() + 60 * 24 * 3_600_000 },
  );
  expect(late.faults[0]?.message).toContain("ended on");
});

test("says of flags what it says of the file", () => {
  expect(words(undefined, { text: { etcd: "127.0.0.1:2379" } })[0]).toMatch(
    /^--etcd: An endpoint is https:\/\/host:port.* Separate several by commas: /,
  );
  expect(words(undefined, { text: { "etcd-ca": "x" } })).toEqual([
    "--etcd-ca: It belongs to --etcd, which is not given. Give --etcd ENDPOINTS too, or leave it out.",
  ]);
  expect(words(undefined, { env: { ROLLCALL_PORT: "no" } })[0]).toMatch(/^ROLLCALL_PORT: /);
});

test("says where a file is no JSON", () => {
  expect(words('{\n  "clusters": [,]\n}')).toEqual([
    'rollcall.config.json:2:16: "," stands where a value was expected. The file is JSON.',
  ]);
});
