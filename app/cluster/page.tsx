import type { Metadata } from "next";
import { ClusterPage } from "../../components/shell/cluster_page";

export const metadata: Metadata = { title: "Rollcall - cluster" };

export default function Page() {
  return <ClusterPage />;
}
