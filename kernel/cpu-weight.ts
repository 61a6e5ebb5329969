/**
 * The weight of a cgroup against its siblings, and how runtimes derive it from a Kubernetes request.
 *
 * v2 `cpu.weight` (Documentation/admin-guide/cgroup-v2.rst), 1..10000, default 100; it shows 0 while `cpu.idle` is 1:
 *
 *     100
 *
 * v1 `cpu.shares`, 2..262144, default 1024; `cpu.idle` (Linux 5.15, both versions), 0 or 1:
 *
 *     1024
 *
 *     0
 */
import { parseWhole } from './decimal.ts';
import { onlyLine } from './lines.ts';
import type { CpuWeight } from './sample.ts';

const leastShares = 2;
const greatestShares = 262_144;
const sharesPerCpu = 1024;
/** WEIGHT_IDLEPRIO of kernel/sched/sched.h: what a group counts for while `cpu.idle` is 1. */
const idleShares = 3;

/** Parses v2 `cpu.weight`. Throws KernelTextError. */
export function parseCpuWeight(text: string, path: string): CpuWeight {
  return { kind: 'weight', weight: parseWhole(onlyLine(text), path, 1, 0, 10_000) };
}

/** Parses v1 `cpu.shares`. Throws KernelTextError. */
export function parseCpuShares(text: string, path: string): CpuWeight {
  return { kind: 'shares', shares: parseWhole(onlyLine(text), path, 1, 0, greatestShares) };
}

/** Parses `cpu.idle`: true is SCHED_IDLE for the whole group. Throws KernelTextError. */
export function parseCpuIdle(text: string, path: string): boolean {
  return parseWhole(onlyLine(text), path, 1, 0, 1) === 1;
}

/**
 * `cpu.shares` for a request of so many CPUs, as the kubelet computes it from whole millicores, rounded up
 * (kubernetes pkg/kubelet/cm/helpers_linux.go, MilliCPUToShares).
 */
export function sharesFromCores(cores: number): number {
  // A sum of decimal fractions may stand a hair above the millicore it means.
  const milliCores = Math.ceil(cores * 1000 - 1e-6);
  return clamp(Math.floor((milliCores * sharesPerCpu) / 1000), leastShares, greatestShares);
}

/** `cpu.weight` for `cpu.shares`, as the kubelet and runc before 1.3.2 convert (kubernetes KEP-2254): 1024 is 39. */
export function weightFromSharesLinear(shares: number): number {
  const bounded = clamp(shares, leastShares, greatestShares);
  return 1 + Math.floor(((bounded - 2) * 9999) / 262_142);
}

/**
 * `cpu.weight` for `cpu.shares`, as runc from 1.3.2 and crun from 1.23 convert: a curve through (2, 1), (1024, 100)
 * and (262144, 10000) (opencontainers/cgroups utils.go, ConvertCPUSharesToCgroupV2Value).
 */
export function weightFromSharesQuadratic(shares: number): number {
  if (shares <= leastShares) return 1;
  if (shares >= greatestShares) return 10_000;
  const l = Math.log2(shares);
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34));
}

/**
 * What the weight counts for inside the scheduler, on the scale where 1024 is a default group: shares as they are,
 * a v2 weight x 1024/100 rounded (include/linux/cgroup.h and kernel/sched/core.c, sched_weight_from_cgroup).
 * With it the weights of levels and of versions can be compared.
 */
export function effectiveShares(weight: CpuWeight): number {
  if (weight.kind === 'shares') return weight.shares;
  return weight.weight === 0 ? idleShares : Math.round((weight.weight * sharesPerCpu) / 100);
}

function clamp(value: number, least: number, greatest: number): number {
  return Math.min(Math.max(value, least), greatest);
}
