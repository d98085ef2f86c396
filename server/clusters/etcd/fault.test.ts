import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { faultOf, isStaleToken } from "./fault";

/** An error as etcd sends it: with trailers. */
function said(text: string, code: Code): ConnectError {
  return new ConnectError(text, code, { "grpc-status": String(code) });
}

/** An error of the system below, as the connection wraps it. Its message begins with the call that failed. */
function system(code: string, message: string): ConnectError {
  const [syscall] = message.split(" ");
  return wrapped(Object.assign(new Error(message), { code, syscall }));
}

function wrapped(cause: Error): ConnectError {
  return new ConnectError(cause.message, Code.Unavailable, undefined, undefined, cause);
}

describe("faults of calls", () => {
  it("tell what etcd said from what happened on the way", () => {
    const cases: [unknown, string, boolean][] = [
      [said("etcdserver: unhealthy cluster", Code.Unavailable), "refused", false],
      [said("etcdserver: request timed out", Code.Unavailable), "refused", true],
      [
        said("etcdserver: request timed out, possibly due to connection lost", Code.Unavailable),
        "refused",
        true,
      ],
      [said("etcdserver: no leader", Code.Unavailable), "refused", false],
      [said("etcdserver: server stopped", Code.Unavailable), "refused", true],
      [said("etcdserver: permission denied", Code.PermissionDenied), "not-allowed", false],
      [said("etcdserver: invalid auth token", Code.Unauthenticated), "not-allowed", false],
      [
        said("etcdserver: authentication failed, invalid user ID or password", Code.InvalidArgument),
        "not-allowed",
        false,
      ],
      [said("etcdserver: user name is empty", Code.InvalidArgument), "not-allowed", false],
      [said("etcdserver: revision of auth store is old", Code.InvalidArgument), "not-allowed", false],
      [system("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:1"), "unreachable", false],
      [system("ENOTFOUND", "getaddrinfo ENOTFOUND nowhere"), "unreachable", false],
      [system("EHOSTUNREACH", "connect EHOSTUNREACH 10.0.0.1:2379"), "unreachable", false],
      // The host behind an open connection has vanished: what was sent may have arrived.
      [system("EHOSTUNREACH", "read EHOSTUNREACH"), "unreachable", true],
      [system("ETIMEDOUT", "read ETIMEDOUT"), "unreachable", true],
      [system("CERT_HAS_EXPIRED", "certificate has expired"), "tls", false],
      [system("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"), "tls", false],
      [system("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match"), "tls", false],
      [new ConnectError("the operation timed out", Code.DeadlineExceeded), "timeout", true],
      [new ConnectError("read ECONNRESET", Code.Aborted), "unreachable", true],
      [new ConnectError("HTTP 404", Code.Unimplemented), "foreign", false],
      [new ConnectError("HTTP 504", Code.Unavailable), "unreachable", true],
    ];
    for (const [reason, kind, ambiguous] of cases) {
      expect(faultOf(reason), String(reason)).toMatchObject({ kind, ambiguous });
    }
  });

  it("tell that nobody listens from a host that is out of reach", () => {
    expect(faultOf(system("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:1")).nobodyListens).toBe(true);
    expect(faultOf(system("EHOSTUNREACH", "connect EHOSTUNREACH 10.0.0.1:1")).nobodyListens).toBeUndefined();
  });

  it("have words where a name has several addresses, and none of them can be connected to", () => {
    const tries = ["::1", "127.0.0.1"].map((host) =>
      Object.assign(new Error(`connect ECONNREFUSED ${host}:1`), {
        code: "ECONNREFUSED",
        syscall: "connect",
      }),
    );
    const all = Object.assign(new AggregateError(tries), { code: "ECONNREFUSED" });
    expect(faultOf(wrapped(all))).toMatchObject({
      kind: "unreachable",
      text: "connect ECONNREFUSED ::1:1",
      nobodyListens: true,
    });
  });

  it.each([
    [["ECONNREFUSED", "ETIMEDOUT"], "connect ETIMEDOUT", undefined],
    [["EHOSTUNREACH", "ECONNREFUSED"], "connect EHOSTUNREACH", undefined],
    // No IPv6 on this machine.
    [["EADDRNOTAVAIL", "ECONNREFUSED"], "connect ECONNREFUSED", true],
  ] as const)("say that nobody listens only where no address is out of reach: %j", (codes, text, nobody) => {
    const tries = codes.map((code) =>
      Object.assign(new Error(`connect ${code}`), { code, syscall: "connect" }),
    );
    const fault = faultOf(wrapped(Object.assign(new AggregateError(tries), { code: codes[0] })));
    expect(fault).toMatchObject({ kind: "unreachable", text, ambiguous: false });
    expect(fault.nobodyListens).toBe(nobody);
  });

  it("know a token that is no good any more", () => {
    expect(isStaleToken(faultOf(said("etcdserver: invalid auth token", Code.Unauthenticated)))).toBe(true);
    expect(
      isStaleToken(faultOf(said("etcdserver: revision of auth store is old", Code.InvalidArgument))),
    ).toBe(true);
    expect(isStaleToken(faultOf(said("etcdserver: permission denied", Code.PermissionDenied)))).toBe(false);
  });

  it("drop the server's prefix and keep texts short", () => {
    expect(faultOf(said("etcdserver: member not found", Code.NotFound)).text).toBe("member not found");
    expect(faultOf(said("x".repeat(2000), Code.Unknown)).text).toHaveLength(300);
  });
});
