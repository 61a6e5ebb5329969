/** Literal samples of one host for tests of what needs more than a ledger. */
import { cpuSetOf } from '../../kernel/cpu-set.ts';
import type { CgroupSample, ContainerRecord, Sample } from '../../kernel/sample.ts';

export interface CgroupRow {
  readonly path: string;
  readonly shares?: number;
  readonly weight?: number;
  readonly idle?: boolean;
  /** CPU-seconds used so far. */
  readonly used?: number;
  /** Present: it is a container with this reservation. */
  readonly reserved?: number;
}

export function sampleOf(seconds: number, rows: readonly CgroupRow[]): Sample {
  const monotonicNs = BigInt(Math.round((1000 + seconds) * 1e9));
  return {
    formatVersion: 1,
    wallTimeMs: Date.UTC(2026, 6, 1, 14, 5, 0) + seconds * 1000,
    monotonicNs,
    host: { monotonicNs, cgroupVersion: 'hybrid', online: cpuSetOf([0, 1]), cpus: [] },
    containers: rows.filter(({ reserved }) => reserved !== undefined).map(recordOf),
    cgroups: rows.map((row, index) => cgroupOf(row, BigInt(index + 10), monotonicNs)),
    collectors: [],
  };
}

function recordOf({ path, reserved }: CgroupRow): ContainerRecord {
  return {
    path,
    identity: { kind: 'cgroup', name: path.slice(1) },
    ...(reserved !== undefined && { reservation: { cores: reserved, source: 'row' } }),
  };
}

function cgroupOf(row: CgroupRow, cgroupId: bigint, monotonicNs: bigint): CgroupSample {
  const { path, shares, weight, idle, used } = row;
  return {
    path,
    cgroupId,
    monotonicNs,
    ...(shares !== undefined && { weight: { kind: 'shares' as const, shares } }),
    ...(weight !== undefined && { weight: { kind: 'weight' as const, weight } }),
    ...(idle !== undefined && { idle }),
    ...(used !== undefined && { usageNs: BigInt(Math.round(used * 1e9)) }),
  };
}
