import { closeCodes } from "../protocol/frames";
import { accessStore } from "./access";
import type { ActionPorts } from "./action_ports";
import { basePath } from "./base_path";
import type { ConnectionPorts } from "./connection";

/** Time (ms) for which the answering node goes on trying a change of this page. */
const DEADLINE_MS = 10_000;
/** The answer may take this much longer (ms) than the deadline: the way there and back. */
const GRACE_MS = 2000;

/** The browser's clock and timers. */
export const browserTimers: Pick<ConnectionPorts, "now" | "setTimer" | "clearTimer"> = {
  now: () => Date.now(),
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout> | undefined),
};

/** 128 random bits in hex. `crypto.randomUUID` would be missing on a page served over plain http from another host. */
function randomRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Calls this console, wherever it is mounted; asked for credentials, the page learns that it has to sign in. */
async function pageFetch(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(`${basePath}${url}`, init);
  if (response.status === 401) void accessStore().refresh();
  return response;
}

/** What the page's HTTP calls use. */
export function browserActionPorts(): ActionPorts {
  return {
    ...browserTimers,
    fetch: pageFetch,
    requestId: randomRequestId,
    deadlineMs: DEADLINE_MS,
    graceMs: GRACE_MS,
  };
}

const waiting: (() => void)[] = [];
let tasks: MessageChannel | undefined;

/** Runs something in a task of its own, after what was given before. A timer would be held back in a page that is not looked at. */
function inTaskOfItsOwn(run: () => void): void {
  if (tasks === undefined) {
    tasks = new MessageChannel();
    tasks.port1.onmessage = () => waiting.shift()?.();
  }
  waiting.push(run);
  tasks.port2.postMessage(null);
}

/** What the page's live connection uses. */
export const browserConnectionPorts: ConnectionPorts = {
  ...browserTimers,
  later: inTaskOfItsOwn,
  random: () => Math.random(),
  open: (url, handlers) => {
    const socket = new WebSocket(url);
    let opened = false;
    socket.onopen = () => {
      opened = true;
      handlers.opened();
    };
    socket.onmessage = (event) => handlers.message(event.data);
    socket.onclose = (event) => {
      handlers.closed(event.code, event.reason);
      // A browser is not told why it was turned away; the console is asked whether it wants credentials.
      if (!opened || event.code === closeCodes.sessionEnded.code) void accessStore().refresh();
    };
    return socket;
  },
};

/** The stream's address on the host that served this page. */
export function streamUrl(cluster: string): string {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}${basePath}/ws?cluster=${encodeURIComponent(cluster)}`;
}

/** The address of this page's console, e.g. "http://127.0.0.1:7400"; without a slash at its end. */
export function consoleRoot(): string {
  return location.origin + basePath;
}

/** This tab's storage; undefined where the browser forbids it. */
export function tabStorage(): Storage | undefined {
  try {
    return typeof sessionStorage === "undefined" ? undefined : sessionStorage;
  } catch {
    return undefined;
  }
}

/** Calls back when the page can be seen again, wakes from sleep or is online again. Returns how to stop. */
export function onPageWake(wake: () => void): () => void {
  const visible = () => {
    if (document.visibilityState === "visible") wake();
  };
  document.addEventListener("visibilitychange", visible);
  document.addEventListener("resume", wake);
  window.addEventListener("online", wake);
  window.addEventListener("pageshow", wake);
  return () => {
    document.removeEventListener("visibilitychange", visible);
    document.removeEventListener("resume", wake);
    window.removeEventListener("online", wake);
    window.removeEventListener("pageshow", wake);
  };
}

/** Calls back when the page is hidden or left: the last moment to keep anything. Returns how to stop. */
export function onPageHide(hide: () => void): () => void {
  const hidden = () => {
    if (document.visibilityState === "hidden") hide();
  };
  document.addEventListener("visibilitychange", hidden);
  window.addEventListener("pagehide", hide);
  return () => {
    document.removeEventListener("visibilitychange", hidden);
    window.removeEventListener("pagehide", hide);
  };
}
