import { PHASE_DEVELOPMENT_SERVER } from "next/constants.js";

/** @type {import("next").NextConfig} */
const shared = {
  trailingSlash: true,
  reactStrictMode: true,
  poweredByHeader: false,
  devIndicators: false,
  images: { unoptimized: true },
};

/** Stands for wherever a console is mounted; the console that serves the page puts its own path there (server/gateway/pages.ts). */
const basePath = "/__rollcall_base_path__";

/**
 * A build writes a static export to out/, which the backend serves. Development proxies the API and the stream to a
 * running backend instead, since an export has no rewrites.
 * @param {string} phase
 * @returns {import("next").NextConfig}
 */
export default function config(phase) {
  if (phase !== PHASE_DEVELOPMENT_SERVER) {
    return { ...shared, output: "export", basePath, env: { ROLLCALL_BASE_PATH: basePath } };
  }
  const backend = process.env.ROLLCALL_BACKEND ?? "http://127.0.0.1:7400";
  return {
    ...shared,
    skipTrailingSlashRedirect: true,
    allowedDevOrigins: ["127.0.0.1", "localhost"],
    async rewrites() {
      return [
        { source: "/api/:path*", destination: `${backend}/api/:path*` },
        { source: "/ws", destination: `${backend}/ws` },
      ];
    },
  };
}
