import { crc32 } from "node:zlib";
import type { Host } from "../host";
import type { Write } from "../key_value";
import { configurationLine } from "../reference_configuration";
import type { World } from "../world";

/** State-machine safety (figure 3.2): the same entries at the same indexes everywhere, once; the same registry at the same index. */
export class StateMachines {
  private readonly world: World;
  private readonly digests = new Map<number, number>();
  private readonly registries = new Map<number, number>();
  /** Values of writes, with the index at which they were applied. */
  readonly writes = new Map<number, number>();

  constructor(world: World) {
    this.world = world;
  }

  /** A node's application took a write; `digest` stands for all up to it. */
  onApplied(host: Host, index: number, write: Write, digest: number): void {
    const known = this.digests.get(index);
    if (known === undefined) this.digests.set(index, digest);
    else if (known !== digest)
      this.world.breaks(
        "state-machine safety",
        `n${host.id} applied other writes up to index ${index} than another node`,
      );
    const before = this.writes.get(write.value);
    if (before === undefined) this.writes.set(write.value, index);
    else if (before !== index)
      this.world.breaks(
        "a write is applied once",
        `write ${write.value} was applied at ${before} and at ${index}`,
      );
  }

  scan(host: Host): void {
    const { replica } = host;
    if (replica === undefined) return;
    const { node } = replica;
    const hash = crc32(node.registry.encode());
    const known = this.registries.get(node.appliedIndex);
    if (known === undefined) this.registries.set(node.appliedIndex, hash);
    else if (known !== hash)
      this.world.breaks(
        "state-machine safety",
        `n${host.id} has another registry at ${node.appliedIndex} than another node`,
      );
    const core = node.raft.status().confState;
    const installing = host.ledger.accepted.base.index > host.ledger.durable.base.index;
    if (!installing && configurationLine(core) !== configurationLine(node.registry.confState))
      this.world.breaks(
        "core and registry agree on the configuration",
        `n${host.id}: ${configurationLine(core)} and ${configurationLine(node.registry.confState)}`,
      );
  }
}
