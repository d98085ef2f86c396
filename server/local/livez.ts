import { get } from "node:http";
import type { z } from "zod";
import { identitySchema } from "../../protocol/api";

/** Who a console says it is. */
export type ConsoleIdentity = z.infer<typeof identitySchema>;

const answerBytesMax = 4096;

/**
 * Asks `GET /livez` of a console on this machine. `none`: nothing listens there or nothing answered in time; `other`: something
 * answered that is no console of Rollcall.
 */
export function askIdentity(port: number, timeoutMs: number): Promise<ConsoleIdentity | "none" | "other"> {
  return new Promise((resolve) => {
    const request = get(
      { host: "127.0.0.1", port, path: "/livez", agent: false, timeout: timeoutMs },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (piece: string) => {
          text += piece;
          if (text.length > answerBytesMax) response.destroy();
        });
        response.on("error", () => resolve("none"));
        response.on("close", () => resolve(parseIdentity(text)));
      },
    );
    const timer = setTimeout(() => request.destroy(), timeoutMs);
    request.on("error", () => resolve("none"));
    request.on("close", () => clearTimeout(timer));
    request.on("timeout", () => request.destroy());
  });
}

function parseIdentity(text: string): ConsoleIdentity | "other" {
  try {
    const identity = identitySchema.safeParse(JSON.parse(text));
    return identity.success ? identity.data : "other";
  } catch {
    return "other";
  }
}
