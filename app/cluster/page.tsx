import type { Metadata } from "next";
import { ClusterPage } from "../../components/shell/cluster_page";
import { SignInGate } from "../../components/shell/sign_in_gate";

export const metadata: Metadata = { title: "Rollcall - cluster" };

export default function Page() {
  return (
    <SignInGate>
      <ClusterPage />
    </SignInGate>
  );
}
