import type { Metadata } from "next";
import { HistoryPage } from "../../components/history/history_page";
import { SignInGate } from "../../components/shell/sign_in_gate";

export const metadata: Metadata = { title: "Rollcall - history" };

export default function Page() {
  return (
    <SignInGate>
      <HistoryPage />
    </SignInGate>
  );
}
