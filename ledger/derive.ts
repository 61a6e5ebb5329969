/** Two Samples of one host -> the ledger of every container that stands in both. */
import {
  cpuSetEquals,
  cpuSetIntersection,
  cpuSetIsSubset,
  formatCpuSet,
  type CpuSet,
} from '../kernel/cpu-set.ts';
import type { CgroupSample, ContainerRecord, ExactCounters, Sample } from '../kernel/sample.ts';
import type { Stolen } from './activity.ts';
import type { Assessment, GapPart } from './assessment.ts';
import { splitGap, sumCauses, type Rivals } from './causes.ts';
import { assessExact, deriveExactHostWindow, type ExactHostWindow } from './exact-assessment.ts';
import { cpuTimesResolutionSeconds, deriveCpuWindows, sumCpuWindows, type CpuWindow } from './host-times.ts';
import type {
  ContainerLedger,
  ContainerSettings,
  GapWhereabouts,
  HostLedger,
  HostTimes,
  QualityFlag,
} from './ledger.ts';
import { assessPortable, type PortableEvidence } from './portable.ts';
import { deriveThrottling, judgeThrottling, tightestQuotaCores } from './throttling.ts';
import { decideVerdict, type LedgerBeforeVerdict } from './verdict.ts';
import { deriveCgroupWindows, type CgroupWindow } from './window.ts';

/** Windows of another length than the nominal one are fine; past this the past is averaged away. */
const longWindowSeconds = 120;

/** Where nothing says how many CPUs there are: as many as Linux can have, so that the bounds hold. */
const greatestCpuCount = 8192;

/** What all containers of one derivation share. */
interface HostWindow {
  readonly seconds: number;
  readonly cpus: readonly CpuWindow[];
  readonly all: HostTimes;
  readonly online: CpuSet;
  readonly hotplug: boolean;
  readonly windows: ReadonlyMap<string, CgroupWindow>;
  /** CPU-seconds of every container that is a tenant, not a part of the system. */
  readonly tenantSeconds: number;
  readonly exact: ExactHost | undefined;
  /** The same by where the tenants may run. */
  readonly tenantSecondsByCpus: ReadonlyMap<AllowedCpus, number>;
  /** Filled as containers ask: most of them share a few sets. */
  readonly allowed: AllowedCpus[];
  /** By the CPUs they stand on; filled likewise. */
  readonly tenantsOn: Map<AllowedCpus, TenantsOnCpus>;
  /** By a parent's path: the windows of that parent and everything above it, nearest first. Filled likewise. */
  readonly above: Map<string, readonly CgroupWindow[]>;
}

/** Where the kernel's own programs count. */
interface ExactHost extends ExactHostWindow {
  readonly tenantPaths: ReadonlyMap<bigint, { readonly path: string; readonly name: string }>;
  /** Their counters at the window's beginning, by path. */
  readonly before: ReadonlyMap<string, ExactCounters | undefined>;
}

/** A set of CPUs as `configured`, and what is derived from it once for all containers that have it. */
interface AllowedCpus {
  readonly configured: CpuSet;
  /** Its online CPUs, or all of them where none is. */
  readonly within: CpuSet;
  readonly text: string;
  readonly times: HostTimes;
}

/** CPU-seconds of the tenants that may run on a set of CPUs. */
interface TenantsOnCpus {
  /** Of those that may run nowhere else. */
  readonly inside: number;
  /** Of those that may run on other CPUs too. */
  readonly across: number;
}

/**
 * Ledger of the window between two samples. Containers that are new, gone or re-created in it are left out.
 * Pure; `previous` must be the earlier one.
 */
export function deriveHostLedger(previous: Sample, next: Sample): HostLedger {
  const host = deriveHostWindow(previous, next);
  const containers: ContainerLedger[] = [];
  for (const record of next.containers) {
    const window = host.windows.get(record.path);
    if (window) containers.push(deriveContainerLedger(record, window, host));
  }
  return {
    wallTimeMs: next.wallTimeMs,
    windowSeconds: host.seconds,
    onlineCpuCount: host.online.cpus.length,
    host: host.all,
    containers,
  };
}

function deriveHostWindow(previous: Sample, next: Sample): HostWindow {
  const windows = deriveCgroupWindows(previous.cgroups, next.cgroups);
  const cpus = deriveCpuWindows(previous.host, next.host);
  const online = next.host.online;
  const exact = deriveExactHostWindow(previous.host.exact, next.host.exact);
  const allowed: AllowedCpus[] = [];
  const tenantSecondsByCpus = new Map<AllowedCpus, number>();
  let tenantSeconds = 0;
  for (const record of next.containers) {
    const window = isTenant(record) ? windows.get(record.path) : undefined;
    if (!window) continue;
    const received = window.received ?? 0;
    const where = allowedCpus(window.end, { online, cpus, allowed });
    tenantSecondsByCpus.set(where, (tenantSecondsByCpus.get(where) ?? 0) + received);
    tenantSeconds += received;
  }
  return {
    seconds: Number(next.host.monotonicNs - previous.host.monotonicNs) / 1e9,
    cpus,
    all: sumCpuWindows(cpus),
    online,
    hotplug: previous.host.online.cpus.length !== online.cpus.length || cpus.length !== next.host.cpus.length,
    windows,
    tenantSeconds,
    exact: exact && {
      ...exact,
      tenantPaths: tenantPathsOf(next.containers, windows),
      before: new Map(previous.cgroups.map((cgroup) => [cgroup.path, cgroup.exact])),
    },
    tenantSecondsByCpus,
    allowed,
    tenantsOn: new Map(),
    above: new Map(),
  };
}

function tenantPathsOf(
  containers: readonly ContainerRecord[],
  windows: ReadonlyMap<string, CgroupWindow>,
): ExactHost['tenantPaths'] {
  const paths = new Map<bigint, { readonly path: string; readonly name: string }>();
  for (const record of containers) {
    const { path, identity } = record;
    const id = isTenant(record) ? windows.get(path)?.end.cgroupId : undefined;
    if (id !== undefined) paths.set(id, { path, name: identity.name });
  }
  return paths;
}

/** A service of the host for which nobody reserved anything is part of the system, not a neighbour. */
const isTenant = (record: ContainerRecord): boolean =>
  record.identity.kind !== 'systemd' || record.reservation !== undefined;

/** Paths of the ancestors of a cgroup, nearest first. */
export function ancestorPaths(path: string): readonly string[] {
  const segments = path.split('/');
  return segments.slice(2).map((_, i) => segments.slice(0, segments.length - 1 - i).join('/'));
}

/** Windows of a cgroup's ancestors, nearest first; the containers of one pod share them. */
function windowsAbove(path: string, host: HostWindow): readonly CgroupWindow[] {
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (parent === '') return [];
  let above = host.above.get(parent);
  if (!above) {
    const window = host.windows.get(parent);
    above = [...(window ? [window] : []), ...windowsAbove(parent, host)];
    host.above.set(parent, above);
  }
  return above;
}

function deriveContainerLedger(
  record: ContainerRecord,
  window: CgroupWindow,
  host: HostWindow,
): ContainerLedger {
  const allowed = allowedCpus(window.end, host);
  const allowedCpuCount = allowed.within.cpus.length > 0 ? allowed.within.cpus.length : greatestCpuCount;
  const ancestors = windowsAbove(record.path, host);
  const throttling = deriveThrottling(window, ancestors, allowedCpuCount);
  const { times } = allowed;
  const assessment = assess(record, window, host, allowed.within, {
    allowedCpuCount,
    throttledQueueSeconds: throttling?.throttledSeconds ?? 0,
    rivals: deriveRivals(record, window.received ?? 0, allowed, host),
    stolen: deriveStolen(window.received ?? 0, times, host.cpus.length),
  });
  const { windowSeconds, received, entitled, gap, waiting } = assessment;
  const causes = sumCauses(assessment.parts.map((part) => splitGap(part.gap, part.waiting, part.seenShare)));
  const hasExactIdle = assessment.parts.every(({ idleSeconds }) => idleSeconds !== undefined);
  const ledger: Draft<LedgerBeforeVerdict> = {
    path: record.path,
    cgroupId: window.end.cgroupId,
    identity: record.identity,
    source: assessment.source,
    windowSeconds,
    received,
    entitled,
    gap,
    unclaimed: Math.max(0, (record.reservation?.cores ?? 0) * windowSeconds - entitled.estimate),
    borrowed: Math.max(0, received - (entitled.estimate - gap.estimate)),
    causes,
    whereabouts: sumWhereabouts(assessment.parts.map((part) => deriveWhereabouts(part, times.idleSeconds))),
    settings: describeSettings(window.end, ancestors, allowed),
    quality: [...qualityFlags(window, host, hasExactIdle), ...assessment.flags],
  };
  // What may be absent is set field by field: spreading it would double the cost of a ledger.
  if (record.reservation) ledger.reservation = record.reservation;
  if (waiting) ledger.waiting = waiting;
  if (throttling) ledger.throttling = judgeThrottling(throttling, window, causes.throttled);
  if (window.pressureSome !== undefined) ledger.pressureWaiting = window.pressureSome;
  if (window.pressureFull !== undefined) ledger.pressureStalled = window.pressureFull;
  Object.assign(ledger, assessment.figures);
  return Object.assign(ledger, { verdict: decideVerdict(ledger) });
}

type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** The exact source where it knows the container, else kernel files; never a mixture. */
function assess(
  record: ContainerRecord,
  window: CgroupWindow,
  host: HostWindow,
  allowedCpus: CpuSet,
  portable: Omit<PortableEvidence, 'window' | 'reservedCores'>,
): Assessment {
  const reservedCores = record.reservation?.cores ?? 0;
  const exact =
    host.exact &&
    assessExact({
      window,
      host: host.exact,
      previous: host.exact.before.get(record.path),
      next: window.end.exact,
      reservedCores,
      allowedCpus,
      tenantPaths: host.exact.tenantPaths,
    });
  if (exact !== undefined && exact !== 'nested') return exact;
  const assessment = assessPortable({ window, reservedCores, ...portable });
  return exact === 'nested' ? { ...assessment, flags: [...assessment.flags, 'nested_cgroups'] } : assessment;
}

/** phantom = min(gap, idle time on the allowed CPUs), split where it is known what was idle at the moment of waiting. */
function deriveWhereabouts(
  { gap, idleSeconds, waitBesideIdle }: GapPart,
  idleInWindow: number,
): GapWhereabouts {
  const phantom = Math.min(gap, idleSeconds ?? idleInWindow);
  if (waitBesideIdle === undefined) return { phantom, taken: gap - phantom };
  const concurrent = Math.min(phantom, waitBesideIdle);
  return {
    phantom,
    taken: gap - phantom,
    phantomConcurrent: concurrent,
    phantomDeferred: phantom - concurrent,
  };
}

function sumWhereabouts(parts: readonly GapWhereabouts[]): GapWhereabouts {
  const first = parts[0];
  if (first && parts.length === 1) return first;
  const sum = (value: (part: GapWhereabouts) => number): number =>
    parts.reduce((total, part) => total + value(part), 0);
  return {
    phantom: sum(({ phantom }) => phantom),
    taken: sum(({ taken }) => taken),
    phantomConcurrent: sum(({ phantomConcurrent = 0 }) => phantomConcurrent),
    phantomDeferred: sum(({ phantomDeferred = 0 }) => phantomDeferred),
  };
}

/** Where it may run: its effective cpuset within the online CPUs, or all of them. */
function allowedCpus(
  { allowedCpus: own }: CgroupSample,
  host: Pick<HostWindow, 'online' | 'cpus' | 'allowed'>,
): AllowedCpus {
  const configured = own && own.cpus.length > 0 ? own : host.online;
  const known = host.allowed.find((each) => cpuSetEquals(each.configured, configured));
  if (known) return known;
  const isOnline = new Set(host.online.cpus);
  const cpus = configured.cpus.filter((cpu) => isOnline.has(cpu));
  const within = cpus.length === 0 ? host.online : { cpus };
  const allowed = { configured, within, text: formatCpuSet(within), times: sumCpuWindows(host.cpus, within) };
  host.allowed.push(allowed);
  return allowed;
}

/** Steal falls on whoever is on the CPU: by use, and at most all of it with the resolution of /proc/stat. */
function deriveStolen(received: number, allowed: HostTimes, cpuCount: number): Stolen {
  if (allowed.stealSeconds === 0) return { own: 0, most: 0 };
  const useShare = Math.min(1, received / Math.max(allowed.busySeconds, received, Number.EPSILON));
  const most = allowed.stealSeconds + cpuTimesResolutionSeconds * cpuCount;
  return { own: allowed.stealSeconds * useShare, most };
}

/**
 * Who else used the container's CPUs. What tenants that may run nowhere else used is theirs; which of the others ran
 * on these CPUs is not known: tenants that may also run elsewhere and the system share the rest as they do on the host.
 */
function deriveRivals(
  record: ContainerRecord,
  received: number,
  allowed: AllowedCpus,
  host: HostWindow,
): Rivals | undefined {
  if (host.cpus.length === 0) return undefined;
  const own = isTenant(record) ? received : 0;
  const { inside, across } = tenantsOn(allowed, host);
  const elsewhere = Math.max(0, allowed.times.busySeconds - received);
  const certain = Math.min(elsewhere, Math.max(0, inside - own));
  const system = Math.max(0, host.all.busySeconds - host.tenantSeconds - (received - own));
  const acrossShare = across / Math.max(across + system, Number.EPSILON);
  const uncertain = elsewhere - certain;
  return {
    others: certain + uncertain * acrossShare,
    // Not elsewhere - others, which rounding can make negative.
    system: uncertain * (1 - acrossShare),
    steal: allowed.times.stealSeconds,
  };
}

function tenantsOn(allowed: AllowedCpus, host: HostWindow): TenantsOnCpus {
  const known = host.tenantsOn.get(allowed);
  if (known) return known;
  const sum = { inside: 0, across: 0 };
  for (const [where, seconds] of host.tenantSecondsByCpus) {
    if (where === allowed || cpuSetIsSubset(where.within, allowed.within)) sum.inside += seconds;
    else if (cpuSetIntersection(where.within, allowed.within).cpus.length > 0) sum.across += seconds;
  }
  host.tenantsOn.set(allowed, sum);
  return sum;
}

function describeSettings(
  end: CgroupSample,
  ancestors: readonly CgroupWindow[],
  allowed: AllowedCpus,
): ContainerSettings {
  const settings: Draft<ContainerSettings> = {};
  if (allowed.within.cpus.length > 0) {
    settings.allowedCpuCount = allowed.within.cpus.length;
    settings.allowedCpus = allowed.text;
  }
  const quota = tightestQuotaCores(end, ancestors);
  if (end.weight) settings.weight = end.weight;
  if (end.idle !== undefined) settings.idle = end.idle;
  if (end.quota) settings.quota = end.quota;
  if (quota !== undefined) settings.quotaCores = quota;
  return settings;
}

function qualityFlags(window: CgroupWindow, host: HostWindow, hasExactIdle: boolean): QualityFlag[] {
  const flags: QualityFlag[] = [];
  if (window.received === undefined) flags.push('no_usage');
  if (window.end.allowedCpus === undefined) flags.push('no_cpuset');
  if (window.seconds > longWindowSeconds) flags.push('long_window');
  if (host.hotplug) flags.push('cpu_hotplug');
  if (!hasExactIdle && host.cpus.length === 0) flags.push('no_cpu_times');
  else if (!hasExactIdle && window.seconds < 0.5) flags.push('coarse_idle');
  return flags;
}
