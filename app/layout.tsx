import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { basePath } from "../client/base_path";
import { TipProvider } from "../components/ui/tip";
import "./globals.css";

export const metadata: Metadata = {
  title: "Rollcall",
  description:
    "Live membership of Raft clusters: who votes, who learns, and what the next change would do to quorum.",
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fafaf8" },
    { media: "(prefers-color-scheme: dark)", color: "#0e0f0d" },
  ],
};

/**
 * Runs before the first paint, so that a chosen theme never flashes. The icon is put there by hand: it carries the cluster's state, and
 * one that React owns comes back with every navigation. The script's hash is in the page's security policy.
 */
const headScript = `try{var t=localStorage.getItem("rollcall.theme");if(t==="light"||t==="dark")document.documentElement.dataset.theme=t}catch(e){}var i=document.createElement("link");i.rel="icon";i.type="image/svg+xml";i.href="${basePath}/icon.svg";document.head.append(i)`;

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`} suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of this file, needed before the first paint */}
        <script dangerouslySetInnerHTML={{ __html: headScript }} />
      </head>
      <body>
        <TipProvider>{children}</TipProvider>
      </body>
    </html>
  );
}
