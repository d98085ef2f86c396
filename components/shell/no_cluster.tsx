import Link from "next/link";

/** The address names no cluster. */
export function NoCluster() {
  return (
    <main className="mx-auto flex max-w-xl flex-col gap-4 p-8">
      <h1 className="text-title">No cluster chosen</h1>
      <p className="text-secondary">
        The address names no cluster.{" "}
        <Link className="underline underline-offset-2" href="/">
          Show the clusters of this console
        </Link>
      </p>
    </main>
  );
}
