import { peerUrlsSchema } from "../../protocol/api";

/** Where the peers of a new member dial it. */
export const peerUrlsOption = {
  value: "URL,URL",
  help: "Where the other members dial it: http://HOST:PORT or https://HOST:PORT.",
  check: (text: string) => because(peerUrlsSchema)(splitUrls(text)),
};

/** The URLs of a flag, with commas between. */
export function splitUrls(text: string): string[] {
  return text
    .split(",")
    .map((url) => url.trim())
    .filter((url) => url !== "");
}

/** A zod schema as the check of a flag. */
export function because(schema: {
  safeParse(value: unknown): { success: boolean; error?: { issues: readonly { message: string }[] } };
}): (value: unknown) => string | undefined {
  return (value) => {
    const result = schema.safeParse(value);
    return result.success ? undefined : `cannot be used (${result.error?.issues[0]?.message ?? "not valid"})`;
  };
}
