import { OverviewPage } from "../components/overview/overview_page";
import { SignInGate } from "../components/shell/sign_in_gate";

export default function Page() {
  return (
    <SignInGate>
      <OverviewPage />
    </SignInGate>
  );
}
