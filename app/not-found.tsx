import { PlainPage } from "../components/shell/plain_page";

export default function NotFound() {
  return <PlainPage title="No such page">This console has no page at this address.</PlainPage>;
}
