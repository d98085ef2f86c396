import Link from "next/link";
import type { ReactNode } from "react";
import { Wordmark } from "./wordmark";

/** A page that shows no cluster: what the matter is, and the way to the clusters there are. */
export function PlainPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <header className="flex h-12 items-center border-line border-b bg-surface px-6 max-wide:px-3">
        <Wordmark />
      </header>
      <main className="mx-auto mt-[12vh] flex max-w-xl flex-col gap-2 px-4 text-dialog max-wide:mt-8">
        <h1 className="text-title">{title}</h1>
        <p className="text-secondary">
          {children}{" "}
          <Link className="underline decoration-control underline-offset-2 hover:text-ink" href="/">
            Show the clusters of this console
          </Link>
        </p>
      </main>
    </>
  );
}
