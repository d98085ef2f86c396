import { ClusterList } from "../components/shell/cluster_list";
import { SignInGate } from "../components/shell/sign_in_gate";

export default function Page() {
  return (
    <SignInGate>
      <ClusterList />
    </SignInGate>
  );
}
