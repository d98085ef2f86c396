import Link from "next/link";

export default function NotFound() {
  return (
    <main className="mx-auto flex max-w-xl flex-col gap-4 p-8">
      <h1 className="text-title">No such page</h1>
      <p className="text-secondary">
        This console has no page at this address.{" "}
        <Link className="underline" href="/">
          Show the clusters
        </Link>
      </p>
    </main>
  );
}
