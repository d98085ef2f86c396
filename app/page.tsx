import { ClusterList } from "../components/shell/cluster_list";

export default function Page() {
  return <ClusterList />;
}
