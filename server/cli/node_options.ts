import { addressSchema, memberNameSchema } from "../../protocol/api";

/** Checks names separated by commas. */
export function nameList(text: string): string | undefined {
  const ok = text.split(",").every((name) => memberNameSchema.safeParse(name).success);
  return ok ? undefined : "must be one name, or several with commas between";
}

/** Checks host:port. */
export function hostPort(text: string): string | undefined {
  return addressSchema.safeParse(text).success ? undefined : "must be HOST:PORT";
}
