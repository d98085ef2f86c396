/** Path and query of a request's target; undefined where it is not a path (RFC 9112 origin form). */
export function splitTarget(
  target: string,
): { readonly path: string; readonly query: URLSearchParams } | undefined {
  if (!target.startsWith("/") || target.startsWith("//")) return undefined;
  const [beforeHash = ""] = target.split("#");
  const mark = beforeHash.indexOf("?");
  const path = mark < 0 ? beforeHash : beforeHash.slice(0, mark);
  return { path, query: new URLSearchParams(mark < 0 ? "" : beforeHash.slice(mark + 1)) };
}
