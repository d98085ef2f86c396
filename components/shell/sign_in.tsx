"use client";

import { useState } from "react";
import { accessStore } from "../../client/access";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { ThemeMenu } from "./theme_menu";
import { Wordmark } from "./wordmark";

/** What is shown to whoever the console does not know: it asks for a token, and says nothing of the cluster. */
export function SignIn() {
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async () => {
    if (token === "" || busy) return;
    setBusy(true);
    const result = await accessStore().signIn(token);
    setBusy(false);
    if (result.kind === "signed-in") return;
    setError(result.kind === "refused" ? result.detail : "This console does not answer.");
  };
  return (
    <>
      <header className="flex h-12 items-center justify-between border-line border-b bg-surface px-6 max-wide:px-3">
        <Wordmark />
        <ThemeMenu />
      </header>
      <main className="mx-auto mt-[12vh] max-w-96 px-4 max-wide:mt-8">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
          className="flex flex-col gap-4 rounded-panel border border-line bg-surface p-6 text-dialog"
        >
          <div className="flex flex-col gap-1">
            <h1 className="text-title">Sign in</h1>
            <p className="text-secondary">
              This console asks for a token: an operator's, or a viewer's to look only.
            </p>
          </div>
          <Field
            label="Token"
            type="password"
            autoComplete="current-password"
            value={token}
            error={error}
            onChange={(event) => {
              setToken(event.target.value);
              setError(undefined);
            }}
          />
          <Button type="submit" look="primary" off={busy || token === ""} className="self-start">
            {busy ? "Signing in..." : "Sign in"}
          </Button>
        </form>
      </main>
    </>
  );
}
