import type { IncomingMessage } from "node:http";
import { type Access as AccessAnswer, signInBodySchema } from "../../../protocol/access";
import { problem } from "../../../protocol/problem";
import { type Caller, tooManyGuesses } from "../access";
import type { Console } from "../console";
import { json, refuse } from "../reply";
import { type Route, route } from "../router";

function answerFor({ access }: Console, caller: Caller | undefined): AccessAnswer {
  return {
    required: access.required,
    role: caller?.role ?? null,
    actor: caller?.actor ?? null,
    signedIn: caller?.signedIn ?? false,
  };
}

/** Who a request comes from, as far as it shows. */
function callerOf({ access }: Console, { headers, socket }: IncomingMessage): Caller | undefined {
  const heard = access.hear(headers, socket.remoteAddress ?? "");
  return heard.kind === "caller" ? heard.caller : undefined;
}

const show = route({
  method: "GET",
  path: "/api/session",
  open: true,
  handle: ({ console, request }) => json(answerFor(console, callerOf(console, request))),
});

const signIn = route({
  method: "POST",
  path: "/api/session",
  mutates: false,
  open: true,
  body: signInBodySchema,
  handle: ({ console, body, request }) => {
    const address = request.socket.remoteAddress ?? "";
    const session = console.access.signIn(body.token, address);
    if (session.kind === "session") {
      console.log("info", "signed in", { actor: session.caller.actor, role: session.caller.role });
      return json(answerFor(console, session.caller), { "set-cookie": session.cookie });
    }
    console.log("warn", "a sign-in was refused", { address });
    if (session.kind === "nobody") {
      return refuse(problem("unauthenticated", "This console knows no such token.", { field: "token" }));
    }
    const { problem: waiting, retryAfter } = tooManyGuesses(session.ms);
    return refuse(waiting, { "retry-after": retryAfter });
  },
});

const signOut = route({
  method: "DELETE",
  path: "/api/session",
  mutates: false,
  open: true,
  handle: ({ console }) => {
    const heard = console.access.hear({}, "");
    const caller = heard.kind === "caller" ? heard.caller : undefined;
    return json(answerFor(console, caller), { "set-cookie": console.access.endingCookie });
  },
});

/** Who the caller is, and how a browser comes by a session. */
export const sessionRoutes: readonly Route[] = [show, signIn, signOut];
