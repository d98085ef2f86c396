import { type Client, createClient } from "@connectrpc/connect";
import {
  AlarmRequest_AlarmAction,
  Auth,
  Cluster,
  KV,
  Maintenance,
  type Member,
  type MemberAddResponse,
  type MemberListResponse,
  type StatusResponse,
} from "../../rpc/generated/etcd_pb";
import { type GrpcChannel, openGrpcChannel } from "../../rpc/grpc_channel";
import type { ChannelTls } from "../../rpc/tls";
import { type Call, faultOf, isAnonymous, isStaleToken } from "./fault";
import type { EtcdCredentials } from "./options";
import { SIGN_IN_TIMEOUT_MS, type SignIn } from "./sign_in";

/** Calls in a row without an answer after which the connection itself is taken for dead. */
const SILENT_CALLS_MAX = 3;

/** What all endpoints of one cluster share. */
export interface Access {
  readonly tls?: ChannelTls;
  readonly credentials?: EtcdCredentials;
  readonly signIn: SignIn;
}

/** How a call goes out. */
interface Manner {
  readonly timeoutMs: number;
  /** Fails at once where the member knows of no leader. */
  readonly needsLeader: boolean;
}

/** The calls of one etcd member's client URL. None throws: what went wrong is a fault. */
export class EtcdEndpoint {
  readonly url: string;
  private readonly channel: GrpcChannel;
  private readonly access: Access;
  private readonly cluster: Client<typeof Cluster>;
  private readonly maintenance: Client<typeof Maintenance>;
  private readonly auth: Client<typeof Auth>;
  private readonly kv: Client<typeof KV>;
  private silent = 0;

  constructor(url: string, access: Access) {
    this.url = url;
    this.access = access;
    this.channel = openGrpcChannel(url, access.tls === undefined ? {} : { tls: access.tls });
    const { transport } = this.channel;
    this.cluster = createClient(Cluster, transport);
    this.maintenance = createClient(Maintenance, transport);
    this.auth = createClient(Auth, transport);
    this.kv = createClient(KV, transport);
  }

  /** The member's own state; answered without a leader, too, and by learners. */
  status(timeoutMs: number): Promise<Call<StatusResponse>> {
    return this.call({ timeoutMs, needsLeader: false }, (options) => this.maintenance.status({}, options));
  }

  /** The members as this member knows them, be it behind or cut off. Learners do not answer. */
  localMembers(timeoutMs: number): Promise<Call<MemberListResponse>> {
    const manner = { timeoutMs, needsLeader: false };
    return this.call(manner, (options) => this.cluster.memberList({ linearizable: false }, options));
  }

  /** The members after all that was committed before the call. 3.4 ignores `linearizable`: go through `readBarrier` first. */
  members(timeoutMs: number): Promise<Call<MemberListResponse>> {
    const manner = { timeoutMs, needsLeader: true };
    return this.call(manner, (options) => this.cluster.memberList({ linearizable: true }, options));
  }

  /** Answered once the member has applied all that was committed before. Not being allowed to read is an answer, too. */
  async readBarrier(timeoutMs: number): Promise<Call<unknown>> {
    const key = new TextEncoder().encode("rollcall");
    const manner = { timeoutMs, needsLeader: true };
    const call = await this.call(manner, (options) => this.kv.range({ key, countOnly: true }, options));
    return !call.ok && /permission denied|user name is empty/.test(call.fault.text)
      ? { ok: true, value: undefined }
      : call;
  }

  /** Puts an entry without any effect into the log: once it is answered, everything this member proposed before is decided. */
  logBarrier(timeoutMs: number): Promise<Call<unknown>> {
    const manner = { timeoutMs, needsLeader: true };
    const action = AlarmRequest_AlarmAction.GET;
    return this.call(manner, (options) => this.maintenance.alarm({ action }, options));
  }

  addLearner(peerURLs: readonly string[], timeoutMs: number): Promise<Call<MemberAddResponse>> {
    const request = { peerURLs: [...peerURLs], isLearner: true };
    return this.change(timeoutMs, (options) => this.cluster.memberAdd(request, options));
  }

  promote(ID: bigint, timeoutMs: number): Promise<Call<{ readonly members: Member[] }>> {
    return this.change(timeoutMs, (options) => this.cluster.memberPromote({ ID }, options));
  }

  remove(ID: bigint, timeoutMs: number): Promise<Call<{ readonly members: Member[] }>> {
    return this.change(timeoutMs, (options) => this.cluster.memberRemove({ ID }, options));
  }

  updatePeerUrls(
    ID: bigint,
    peerURLs: readonly string[],
    timeoutMs: number,
  ): Promise<Call<{ readonly members: Member[] }>> {
    const request = { ID, peerURLs: [...peerURLs] };
    return this.change(timeoutMs, (options) => this.cluster.memberUpdate(request, options));
  }

  /** Answered once the target leads. Only the leader takes it. */
  moveLeader(targetID: bigint, timeoutMs: number): Promise<Call<unknown>> {
    return this.change(timeoutMs, (options) => this.maintenance.moveLeader({ targetID }, options));
  }

  /** Drops the connection; calls under way fail. */
  close(): void {
    this.channel.reset();
  }

  private change<T>(timeoutMs: number, send: (options: CallOptions) => Promise<T>): Promise<Call<T>> {
    return this.call({ timeoutMs, needsLeader: true }, send);
  }

  private async call<T>(manner: Manner, send: (options: CallOptions) => Promise<T>): Promise<Call<T>> {
    const first = await this.token(manner.timeoutMs);
    if (!first.ok) return first;
    const call = await this.attempt(manner, first.value, send);
    if (call.ok || this.access.credentials === undefined) return call;
    // Without a token since none was needed: authentication may have been switched on.
    const wantsToken = first.value === undefined && isAnonymous(call.fault);
    if (!wantsToken && !isStaleToken(call.fault)) return call;
    this.access.signIn.stale(first.value);
    const second = await this.token(manner.timeoutMs);
    if (!second.ok) return second;
    // One that was made elsewhere may be the same as before: whoever makes it has to make another.
    return second.value === first.value ? call : this.attempt(manner, second.value, send);
  }

  private token(timeoutMs: number): Promise<Call<string | undefined>> {
    const { credentials, signIn } = this.access;
    if (credentials === undefined) return Promise.resolve({ ok: true, value: undefined });
    return signIn.current(this.url, () => this.authenticate(credentials), timeoutMs);
  }

  private async authenticate(credentials: EtcdCredentials): Promise<Call<string | undefined>> {
    if ("token" in credentials) return { ok: true, value: credentials.token() };
    const { user, password } = credentials;
    const manner = { timeoutMs: SIGN_IN_TIMEOUT_MS, needsLeader: true };
    const call = await this.attempt(manner, undefined, (options) =>
      this.auth.authenticate({ name: user, password }, options),
    );
    if (call.ok) return { ok: true, value: call.value.token };
    const { text } = call.fault;
    return /authentication is not enabled/.test(text) ? { ok: true, value: undefined } : call;
  }

  private async attempt<T>(
    { timeoutMs, needsLeader }: Manner,
    token: string | undefined,
    send: (options: CallOptions) => Promise<T>,
  ): Promise<Call<T>> {
    const headers = { ...(needsLeader ? { hasleader: "true" } : {}), ...(token ? { token } : {}) };
    try {
      // gRPC knows whole units of time only.
      const value = await send({ timeoutMs: Math.max(1, Math.ceil(timeoutMs)), headers });
      this.silent = 0;
      return { ok: true, value };
    } catch (reason) {
      const fault = faultOf(reason);
      this.silent = fault.kind === "timeout" ? this.silent + 1 : 0;
      // A host that vanished without a word leaves a connection that would swallow calls for minutes.
      if (this.silent >= SILENT_CALLS_MAX) {
        this.silent = 0;
        this.channel.reset();
      }
      return { ok: false, fault };
    }
  }
}

interface CallOptions {
  readonly timeoutMs: number;
  readonly headers: Record<string, string>;
}
