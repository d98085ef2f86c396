import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownPair } from "../../../testing/ports";

/** One etcd process of a test. */
export interface RealMember {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly pid: number | undefined;
}

interface Kept {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly directory: string;
  readonly args: readonly string[];
  process: ChildProcess | undefined;
  log: string;
}

export interface RealEtcdOptions {
  readonly path: string;
  /** Flags of every member. */
  readonly flags?: readonly string[];
  readonly clientScheme?: "http" | "https";
}

const LOG_KEPT = 20_000;
/** How long (ms) something may take before a test gives up on it: a bound on hanging, not a claim about speed. */
const PATIENCE_MS = 100_000;

/** A real etcd cluster on loopback: processes, data directories, signals. `end` leaves nothing behind. */
export class RealEtcd {
  private readonly options: RealEtcdOptions;
  private readonly root = mkdtempSync(join(tmpdir(), "rollcall-etcd-"));
  private readonly members = new Map<string, Kept>();

  constructor(options: RealEtcdOptions) {
    this.options = options;
  }

  /** Starts a new cluster of so many members, n1 to nN, and waits until it has a leader. */
  async up(size: number): Promise<void> {
    const made: Pick<Kept, "name" | "clientUrl" | "peerUrl">[] = [];
    while (made.length < size) made.push({ name: `n${made.length + 1}`, ...(await this.freeUrls()) });
    const initial = made.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(",");
    for (const one of made) {
      this.add(one, ["--initial-cluster", initial, "--initial-cluster-state", "new"]);
    }
    for (const { name } of made) this.start(name);
    await Promise.all(made.map(({ name }) => this.logged(name, /ready to serve client requests/)));
  }

  /**
   * URLs for a member that is to be added. The console's command has a member listen for clients at the port before its peers', so
   * both are the test's own: a member that finds one taken ends, and whoever waits for it waits for ever.
   */
  async freeUrls(): Promise<{ readonly clientUrl: string; readonly peerUrl: string }> {
    const scheme = this.options.clientScheme ?? "http";
    const client = await ownPair();
    return { clientUrl: `${scheme}://127.0.0.1:${client}`, peerUrl: `http://127.0.0.1:${client + 1}` };
  }

  /**
   * Starts a member by the very command the console told, in the test's directory, once all that run know it: it takes the members
   * from whoever answers it first, and ends where that one has not applied its addition yet.
   */
  async startByCommand(name: string, command: string): Promise<RealMember> {
    const words = splitWords(command);
    const value = (flag: string) => words[words.indexOf(flag) + 1] ?? "";
    const directory = join(this.root, value("--data-dir"));
    const at = words.indexOf("--data-dir") + 1;
    const args = words.map((word, index) => (index === at ? directory : word)).slice(1);
    const clientUrl = value("--advertise-client-urls");
    const peerUrl = value("--initial-advertise-peer-urls");
    for (const other of [...this.members.values()].filter(runs)) {
      await eventually(
        () => isTold(other, peerUrl),
        `${other.name} to know ${name}`,
        () => this.lastWords,
      );
    }
    this.members.set(name, { name, clientUrl, peerUrl, directory, args, process: undefined, log: "" });
    this.start(name);
    return this.member(name);
  }

  member(name: string): RealMember {
    const { process: child, ...kept } = this.kept(name);
    return { name, clientUrl: kept.clientUrl, peerUrl: kept.peerUrl, pid: child?.pid };
  }

  get endpoints(): string[] {
    return [...this.members.values()].map(({ clientUrl }) => clientUrl);
  }

  /** Starts a member, with its data directory as it is. */
  start(name: string): void {
    const kept = this.kept(name);
    const child = spawn(this.options.path, [...kept.args, ...(this.options.flags ?? [])], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH },
    });
    kept.process = child;
    kept.log = "";
    const keep = (text: Buffer) => {
      kept.log = (kept.log + text.toString()).slice(-LOG_KEPT);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.on("error", (error) => keep(Buffer.from(String(error))));
  }

  /** Sends a signal, and waits for the end of those that end. */
  async signal(name: string, signal: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): Promise<void> {
    const kept = this.kept(name);
    const child = kept.process;
    if (child === undefined || !runs(kept)) return;
    const ends = signal === "SIGKILL" || signal === "SIGTERM";
    const exited = ends ? once(child, "exit") : undefined;
    child.kill(signal);
    await exited;
  }

  /** Stops a member in its tracks; it is frozen when this returns. */
  freeze(name: string): void {
    const child = this.kept(name).process;
    if (child?.pid === undefined) throw new Error(`${name} does not run`);
    child.kill("SIGSTOP");
    const { pid } = child;
    while (!isStopped(pid)) if (child.exitCode !== null) throw new Error(`${name} ended`);
  }

  /** What a member printed since it was started. */
  log(name: string): string {
    return this.kept(name).log;
  }

  /** The last words of members whose process ended. */
  get lastWords(): string {
    const ended = [...this.members.values()].filter(
      ({ process: child }) => (child?.exitCode ?? null) !== null,
    );
    return ended.map(({ name, log }) => `${name} ended:\n${log.slice(-2000)}`).join("\n");
  }

  /** Waits until a member printed something. */
  async logged(name: string, text: RegExp): Promise<void> {
    await eventually(
      () => text.test(this.log(name)),
      `${name} to print ${text}`,
      () => this.log(name),
    );
  }

  /** A call of etcd's JSON gateway, for what the console itself never does: writes, users. */
  async post(
    name: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const url = `${this.kept(name).clientUrl}/v3/${path}`;
    return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** Kills everything and removes its data. */
  async end(): Promise<void> {
    for (const name of this.members.keys()) {
      await this.signal(name, "SIGCONT");
      await this.signal(name, "SIGKILL");
    }
    rmSync(this.root, { recursive: true, force: true });
  }

  private kept(name: string): Kept {
    const kept = this.members.get(name);
    if (kept === undefined) throw new Error(`there is no member ${name}`);
    return kept;
  }

  private add(
    { name, clientUrl, peerUrl }: Pick<Kept, "name" | "clientUrl" | "peerUrl">,
    more: readonly string[],
  ): void {
    const directory = join(this.root, name);
    mkdirSync(directory, { mode: 0o700 });
    const args = [
      ...["--name", name, "--data-dir", directory],
      ...["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
      ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
      ...more,
    ];
    this.members.set(name, { name, clientUrl, peerUrl, directory, args, process: undefined, log: "" });
  }
}

function runs({ process: child }: Kept): boolean {
  return child !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Whether a member names a peer URL where new members ask it who the members are. */
async function isTold({ peerUrl }: Kept, wanted: string): Promise<boolean> {
  try {
    const answer = await fetch(`${peerUrl}/members`, { signal: AbortSignal.timeout(5000) });
    const members = (await answer.json()) as readonly { readonly peerURLs: readonly string[] }[];
    return members.some(({ peerURLs }) => peerURLs.includes(wanted));
  } catch {
    return false;
  }
}

/** Whether a process is stopped as a whole. */
function isStopped(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  if (existsSync(stat)) return /\) T /.test(readFileSync(stat, "utf8"));
  return spawnSync("ps", ["-o", "state=", "-p", String(pid)], { encoding: "utf8" })
    .stdout.trim()
    .startsWith("T");
}

/** Waits for a condition, looking often. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: string,
  detail: () => string = () => "",
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pauseMs = 10; !(await holds()); pauseMs = Math.min(200, pauseMs * 1.5)) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}\n${detail()}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Takes a command apart as a shell would, as far as the console quotes. */
function splitWords(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
}
