import type { Metadata } from "next";
import { HistoryPage } from "../../components/history/history_page";

export const metadata: Metadata = { title: "Rollcall - history" };

export default function Page() {
  return <HistoryPage />;
}
