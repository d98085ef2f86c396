import { expect, test } from "vitest";
import { inheritedEnvironment } from "./launch";

test("another node inherits tokens and page, and nothing that is said of one process alone", () => {
  const shared = {
    PATH: "/bin",
    HOME: "/root",
    ROLLCALL_OPERATOR_TOKEN: "secret",
    ROLLCALL_VIEWER_TOKEN: "secret too",
    ROLLCALL_PAGE: "/out",
    ROLLCALL_TRUSTED_ORIGINS: "http://127.0.0.1:3000",
  };
  const own = {
    ROLLCALL_HOST: "0.0.0.0",
    ROLLCALL_PORT: "8000",
    ROLLCALL_DATA_DIR: "/var/lib/rollcall",
    ROLLCALL_PUBLIC_URL: "https://ops.example.com",
    ROLLCALL_JOIN_TOKEN: "once",
    ROLLCALL_TOKEN: "a client's",
  };
  expect(inheritedEnvironment({ ...shared, ...own })).toEqual(shared);
});
