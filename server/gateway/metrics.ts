import { freshnessOf } from "../../protocol/freshness";
import { type ClusterState, describeState } from "../../protocol/state";
import type { ClusterStatus } from "../../protocol/status";
import type { Cluster } from "../clusters/cluster";

const states: readonly ClusterState[] = ["ok", "degraded", "at-limit", "lost", "unknown"];

/** One metric family: what it is, and its samples as label text and value. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly samples: (readonly [labels: string, value: number])[];
}

/** Counts what this console answers. */
export class Metrics {
  private readonly byStatus = new Map<string, number>();
  /** Streams open now; set by whoever holds them. */
  streams: () => number = () => 0;

  /** One HTTP request was answered. */
  answered(method: string, status: number): void {
    const known = ["GET", "HEAD", "POST", "PUT", "DELETE"].includes(method) ? method : "other";
    const labels = `method="${known}",status="${status}"`;
    this.byStatus.set(labels, (this.byStatus.get(labels) ?? 0) + 1);
  }

  /** Everything in Prometheus's text format, version 0.0.4. */
  text(clusters: Iterable<Cluster>, version: string): string {
    const families = [...clusterFamilies([...clusters]), ...this.ownFamilies(version)];
    return `${families.map(written).join("\n")}\n`;
  }

  private ownFamilies(version: string): Family[] {
    const { rss } = process.memoryUsage();
    return [
      gauge("rollcall_streams", "Live streams open now.", [["", this.streams()]]),
      {
        name: "rollcall_http_requests_total",
        help: "HTTP requests answered.",
        type: "counter",
        samples: [...this.byStatus],
      },
      gauge("rollcall_build_info", "The version that runs.", [[`version="${escaped(version)}"`, 1]]),
      gauge("process_resident_memory_bytes", "Resident memory.", [["", rss]]),
      {
        name: "process_cpu_seconds_total",
        help: "CPU time of this process.",
        type: "counter",
        samples: [["", cpuSeconds()]],
      },
    ];
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function gauge(name: string, help: string, samples: Family["samples"]): Family {
  return { name, help, type: "gauge", samples };
}

function written({ name, help, type, samples }: Family): string {
  const lines = samples.map(([labels, value]) => `${name}${labels === "" ? "" : `{${labels}}`} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join("\n");
}

function escaped(text: string): string {
  return text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}

function newestStatus(cluster: Cluster): ClusterStatus {
  const watch = cluster.watchStatus();
  const status = watch.borrow();
  watch.close();
  return status;
}

/** What is known of each cluster now. A fact nobody has is left out, never given as 0. */
function clusterFamilies(clusters: readonly Cluster[]): Family[] {
  const known = clusters.map((cluster) => {
    const status = newestStatus(cluster);
    const { factAgeMs } = status;
    const { live } = freshnessOf({ socket: "open", frameAgeMs: 0, factAgeMs });
    const description = describeState(status, { dataAgeMs: factAgeMs, live });
    return { label: `cluster="${escaped(cluster.name)}"`, status, description, live };
  });
  const each = (name: string, help: string, value: (one: (typeof known)[number]) => number | undefined) =>
    gauge(
      name,
      help,
      known.flatMap((one) => {
        const found = value(one);
        return found === undefined ? [] : [[one.label, found] as const];
      }),
    );
  const half = ({ live, description }: (typeof known)[number]) =>
    live ? description.assessment?.worse : undefined;
  return [
    gauge(
      "rollcall_members",
      "Members of the configuration in force, by role.",
      known.flatMap(({ label, status }) =>
        (["voter", "learner"] as const).map(
          (role) =>
            [
              `${label},role="${role}"`,
              status.members.filter((member) => member.role === role).length,
            ] as const,
        ),
      ),
    ),
    each(
      "rollcall_voters_healthy",
      "Voters that are healthy; of joint halves the worse.",
      (one) => half(one)?.healthy,
    ),
    each("rollcall_voters_unknown", "Voters that nobody could ask.", (one) => half(one)?.unknown),
    each("rollcall_quorum", "Votes that a change needs.", (one) => half(one)?.quorum),
    each(
      "rollcall_tolerance",
      "Voters that may fail now; below 0: short of quorum.",
      (one) => half(one)?.toleranceNow,
    ),
    each(
      "rollcall_committed_index",
      "Log index of the newest membership.",
      ({ status }) => status.committedIndex,
    ),
    each("rollcall_leader_known", "1 while voters name a leader.", ({ status, live }) =>
      live ? Number(status.leadership.id !== null) : undefined,
    ),
    each("rollcall_term", "Newest term heard of.", ({ status }) => status.leadership.term),
    each("rollcall_change_in_progress", "1 while a change is under way.", ({ status }) =>
      Number(status.changeInProgress !== null),
    ),
    each("rollcall_fact_age_seconds", "Age of the newest fact about the cluster.", ({ status }) =>
      status.factAgeMs === null ? undefined : status.factAgeMs / 1000,
    ),
    gauge(
      "rollcall_state",
      "1 for the state the cluster is in.",
      known.flatMap(({ label, description }) =>
        states.map((state) => [`${label},state="${state}"`, Number(description.state === state)] as const),
      ),
    ),
  ];
}
