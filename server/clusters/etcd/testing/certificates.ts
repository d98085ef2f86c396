import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether certificates can be made here. */
export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** A certificate and its key, as files and as text. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority of a test, in a directory that `remove` takes away. */
export class Authority {
  readonly directory = mkdtempSync(join(tmpdir(), "rollcall-ca-"));
  readonly certFile = join(this.directory, "ca.crt");
  private readonly keyFile = join(this.directory, "ca.key");

  constructor() {
    this.run(
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ],
      ...["-subj", "/CN=test authority", "-keyout", this.keyFile, "-out", this.certFile],
    );
  }

  get cert(): string {
    return readFileSync(this.certFile, "utf8");
  }

  /** Issues a certificate for names such as "IP:127.0.0.1" or "DNS:etcd.test", good for servers and clients. */
  issue(name: string, altNames: string): Certificate {
    const at = (suffix: string) => join(this.directory, `${name}.${suffix}`);
    this.run(
      ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-subj", `/CN=${name}`, "-keyout", at("key"), "-out", at("csr")],
    );
    writeFileSync(at("ext"), `subjectAltName=${altNames}\nextendedKeyUsage=serverAuth,clientAuth\n`);
    this.run(
      ...["x509", "-req", "-in", at("csr"), "-CA", this.certFile, "-CAkey", this.keyFile, "-CAcreateserial"],
      ...["-days", "2", "-extfile", at("ext"), "-out", at("crt")],
    );
    const read = (suffix: string) => readFileSync(at(suffix), "utf8");
    return { certFile: at("crt"), keyFile: at("key"), cert: read("crt"), key: read("key") };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private run(...args: string[]): void {
    const ran = spawnSync("openssl", args, { encoding: "utf8" });
    if (ran.status !== 0) throw new Error(`openssl ${args[0]}: ${ran.stderr}`);
  }
}
