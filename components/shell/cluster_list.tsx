"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { type ClusterSummary, pageActions } from "../../client/actions";
import { basePath } from "../../client/base_path";
import { Button } from "../ui/button";
import { StateGlyph, stateText } from "../ui/glyphs";
import { Panel } from "../ui/panel";
import { Skeleton } from "../ui/skeleton";
import { clusterHref } from "./cluster_href";
import { ThemeMenu } from "./theme_menu";
import { Wordmark } from "./wordmark";

/** How often the list is read again (ms). */
const refreshMs = 5000;

type Answer = { readonly clusters: readonly ClusterSummary[] } | { readonly failure: string } | undefined;

function useClusters(attempt: number): Answer {
  const router = useRouter();
  const [answer, setAnswer] = useState<Answer>();
  // External system: the console's API.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt reads again
  useEffect(() => {
    let wanted = true;
    const read = async () => {
      const result = await pageActions().clusters();
      if (!wanted) return;
      if (!result.ok) {
        setAnswer({ failure: result.problem?.detail ?? "This console does not answer." });
        return;
      }
      const [only, ...others] = result.value;
      if (only !== undefined && others.length === 0) router.replace(clusterHref(only.name));
      else setAnswer({ clusters: result.value });
    };
    void read();
    const timer = setInterval(read, refreshMs);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [router, attempt]);
  return answer;
}

function ClusterRow({ cluster }: { cluster: ClusterSummary }) {
  return (
    <li className="relative flex min-h-11 flex-wrap items-center gap-x-4 gap-y-1 border-line border-t px-4 py-2 hover:bg-raised has-focus-visible:outline-2 has-focus-visible:outline-focus has-focus-visible:-outline-offset-2">
      <a
        href={`${basePath}${clusterHref(cluster.name)}`}
        className="w-48 truncate font-medium font-mono after:absolute after:inset-0 after:content-[''] focus-visible:outline-none"
      >
        {cluster.name}
      </a>
      <span className="flex min-w-72 flex-1 items-center gap-2">
        <StateGlyph state={cluster.state} className={`shrink-0 ${stateText[cluster.state]}`} />
        <span className={cluster.state === "lost" ? "font-medium text-lost" : ""}>{cluster.sentence}</span>
      </span>
      <span className="w-20 text-muted text-small">{cluster.kind}</span>
    </li>
  );
}

/** Every cluster this console knows, one row each. With only one the page gives way to it. */
export function ClusterList() {
  const [attempt, setAttempt] = useState(0);
  const answer = useClusters(attempt);
  return (
    <>
      <header className="flex h-12 items-center justify-between border-line border-b bg-surface px-6 max-wide:px-3">
        <Wordmark />
        <ThemeMenu />
      </header>
      <main className="mx-auto max-w-4xl px-6 py-4 max-wide:px-2">
        <h1 className="sr-only">Rollcall</h1>
        <Panel id="clusters" title="Clusters">
          {answer === undefined && (
            <div className="flex h-11 items-center border-line border-t px-4">
              <Skeleton className="h-3 w-72" />
            </div>
          )}
          {answer !== undefined && "failure" in answer && (
            <div className="flex min-h-11 items-center gap-4 border-line border-t px-4 text-secondary">
              {answer.failure}
              <Button size="small" onClick={() => setAttempt(attempt + 1)}>
                Retry now
              </Button>
            </div>
          )}
          {answer !== undefined && "clusters" in answer && (
            <ul>
              {answer.clusters.length === 0 && (
                <li className="border-line border-t px-4 py-3 text-secondary">
                  This console watches no cluster.
                </li>
              )}
              {answer.clusters.map((cluster) => (
                <ClusterRow key={cluster.name} cluster={cluster} />
              ))}
            </ul>
          )}
        </Panel>
      </main>
    </>
  );
}
