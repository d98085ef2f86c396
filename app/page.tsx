export default function ClustersPage() {
  return <main>Clusters</main>;
}
