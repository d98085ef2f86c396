/**
 * Path and query of a request's target; undefined where it is not a path (RFC 9112 origin form). `basePath` is taken off where it
 * stands: a proxy in front may have done so already.
 */
export function splitTarget(
  target: string,
  basePath = "",
): { readonly path: string; readonly query: URLSearchParams } | undefined {
  if (!target.startsWith("/") || target.startsWith("//")) return undefined;
  const [beforeHash = ""] = target.split("#");
  const mark = beforeHash.indexOf("?");
  const whole = mark < 0 ? beforeHash : beforeHash.slice(0, mark);
  const mounted = basePath !== "" && (whole === basePath || whole.startsWith(`${basePath}/`));
  const path = mounted ? whole.slice(basePath.length) || "/" : whole;
  return { path, query: new URLSearchParams(mark < 0 ? "" : beforeHash.slice(mark + 1)) };
}
