"use client";

import { type ReactNode, useEffect } from "react";
import { useStore } from "zustand/react";
import { accessStore } from "../../client/access";
import { SignIn } from "./sign_in";

/** Shows the page, unless the console wants a token first. What it wants is learnt beside the first load, which does not wait for it. */
export function SignInGate({ children }: { children: ReactNode }) {
  const stranger = useStore(accessStore(), ({ access }) => access?.required === true && access.role === null);
  // External system: the console's API.
  useEffect(() => void accessStore().refresh(), []);
  return stranger ? <SignIn /> : children;
}
