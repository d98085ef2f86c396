import { shellWord } from "../../../protocol/command_line";
import { type EtcdMember, hexId } from "./member";
import { isLoopback } from "./urls";

/** What a member needs to start for the first time. */
export interface MemberStart {
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** All members known now, the new one among them. */
  readonly members: readonly EtcdMember[];
  readonly id: EtcdMember["id"];
}

/**
 * The exact command that starts a new member: etcd refuses to start it with any other list of members than the one in force.
 * Where peers use TLS, names of certificate files stand in it that are to be replaced.
 */
export function startCommand(start: MemberStart): string {
  const { name, peerUrls, members } = start;
  const clientUrl = freeClientUrl(start);
  const words = [
    ...["etcd", "--name", name, "--data-dir", `${name}.etcd`],
    ...["--initial-cluster", initialCluster(start, members)],
    ...["--initial-cluster-state", "existing"],
    ...["--initial-advertise-peer-urls", peerUrls.join(",")],
    ...["--listen-peer-urls", listening(peerUrls)],
    ...["--listen-client-urls", listening([clientUrl])],
    ...["--advertise-client-urls", clientUrl],
  ];
  if (peerUrls.some((url) => url.startsWith("https:"))) {
    words.push("--peer-client-cert-auth", "--peer-trusted-ca-file", "PEER_CA.crt");
    words.push("--peer-cert-file", "PEER.crt", "--peer-key-file", "PEER.key");
  }
  if (clientUrl.startsWith("https:")) {
    words.push("--client-cert-auth", "--trusted-ca-file", "CA.crt");
    words.push("--cert-file", "SERVER.crt", "--key-file", "SERVER.key");
  }
  return words.map(shellWord).join(" ");
}

/** Every member with every peer URL. etcd matches by URL, so a member that has no name yet gets one that nobody else has. */
function initialCluster({ id, name, peerUrls }: MemberStart, members: readonly EtcdMember[]): string {
  const others = members.filter((member) => member.id !== id);
  const named = others.map((member) => ({ ...member, name: member.name || `member-${hexId(member.id)}` }));
  return [...named, { name, peerUrls }]
    .flatMap((member) => member.peerUrls.map((url) => `${member.name}=${url}`))
    .join(",");
}

/** Hosts that are names cannot be listened on: etcd wants an address. */
function listening(urls: readonly string[]): string {
  return urls
    .map((text) => {
      if (!URL.canParse(text)) return text;
      const url = new URL(text);
      const isAddress = /^(\[.*\]|\d+(\.\d+){3})$/.test(url.hostname);
      const host = isAddress ? url.hostname : isLoopback(text) ? "127.0.0.1" : "0.0.0.0";
      return `${url.protocol}//${host}:${url.port || defaultPort(url.protocol)}`;
    })
    .join(",");
}

function defaultPort(protocol: string): string {
  return protocol === "https:" ? "443" : "80";
}

/** Where its clients may dial it: on the host its peers dial, at the port before, and with the scheme the others use. */
function freeClientUrl({ peerUrls, members }: MemberStart): string {
  const peer = new URL(peerUrls.find((url) => URL.canParse(url)) ?? "http://127.0.0.1:2380");
  const others = members.flatMap(({ clientUrls }) => clientUrls);
  const scheme = others.some((url) => url.startsWith("https:")) ? "https:" : "http:";
  const all = [...others, ...members.flatMap((member) => member.peerUrls), ...peerUrls];
  const taken = new Set(all.flatMap((url) => (URL.canParse(url) ? new URL(url).host : [])));
  let port = Number(peer.port || defaultPort(peer.protocol)) - 1;
  while (port > 1024 && taken.has(`${peer.hostname}:${port}`)) port -= 1;
  return `${scheme}//${peer.hostname}:${port}`;
}
