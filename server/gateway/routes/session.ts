import { type Access as AccessAnswer, signInBodySchema } from "../../../protocol/access";
import { problem } from "../../../protocol/problem";
import type { Caller } from "../access";
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

const show = route({
  method: "GET",
  path: "/api/session",
  open: true,
  handle: ({ console, request }) => json(answerFor(console, console.access.callerOf(request.headers))),
});

const signIn = route({
  method: "POST",
  path: "/api/session",
  mutates: false,
  open: true,
  body: signInBodySchema,
  handle: ({ console, body }) => {
    const session = console.access.signIn(body.token);
    if (session === undefined) {
      console.log("warn", "a sign-in was refused");
      return refuse(problem("unauthenticated", "This console knows no such token.", { field: "token" }));
    }
    console.log("info", "signed in", { actor: session.caller.actor, role: session.caller.role });
    return json(answerFor(console, session.caller), { "set-cookie": session.cookie });
  },
});

const signOut = route({
  method: "DELETE",
  path: "/api/session",
  mutates: false,
  open: true,
  handle: ({ console }) => json(answerFor(console, undefined), { "set-cookie": console.access.endingCookie }),
});

/** Who the caller is, and how a browser comes by a session. */
export const sessionRoutes: readonly Route[] = [show, signIn, signOut];
