/** Literal ledgers for tests of what is shown: a container from a few figures in CPUs over a window of one second. */
import type { Reservation } from '../../kernel/sample.ts';
import type { Bounded, ContainerLedger, GapCauses, HostLedger } from '../../ledger/ledger.ts';
import { decideVerdict } from '../../ledger/verdict.ts';

export interface LedgerRow extends Partial<
  Omit<ContainerLedger, 'causes' | 'gap' | 'entitled' | 'reservation'>
> {
  readonly name: string;
  readonly reserved?: number;
  readonly received?: number;
  readonly gap?: number | Bounded;
  readonly entitled?: number | Bounded;
  readonly causes?: Partial<GapCauses>;
}

const noCauses: GapCauses = {
  throttled: 0,
  runqueue_sharing: 0,
  self: 0,
  system: 0,
  steal: 0,
  unexplained: 0,
};

const exactly = (value: number | Bounded): Bounded =>
  typeof value === 'number' ? { estimate: value, low: value, high: value } : value;

export function ledgerOf(row: LedgerRow): ContainerLedger {
  const { name, reserved, received = 0, gap = 0, entitled, causes, ...rest } = row;
  const reservation: Reservation | undefined =
    reserved === undefined ? undefined : { cores: reserved, source: 'reservations.yaml:4 "/demo/*"' };
  const gapBounds = exactly(gap);
  const entitledBounds = exactly(entitled ?? Math.min(received, reserved ?? 0) + gapBounds.estimate);
  const ledger = {
    path: `/${name}`,
    cgroupId: 7n,
    identity: { kind: 'cgroup' as const, name },
    ...(reservation && { reservation }),
    source: 'portable' as const,
    windowSeconds: 1,
    received,
    entitled: entitledBounds,
    gap: gapBounds,
    unclaimed: Math.max(0, (reserved ?? 0) - entitledBounds.estimate),
    borrowed: Math.max(0, received - entitledBounds.estimate),
    causes: { ...noCauses, ...causes },
    whereabouts: { phantom: 0, taken: gapBounds.estimate },
    settings: { allowedCpuCount: 2, allowedCpus: '0-1' },
    quality: [],
    ...rest,
  };
  return { ...ledger, verdict: row.verdict ?? decideVerdict(ledger) };
}

export function hostLedgerOf(...containers: readonly ContainerLedger[]): HostLedger {
  return {
    wallTimeMs: Date.UTC(2026, 6, 1, 14, 5, 9),
    windowSeconds: 1,
    onlineCpuCount: 2,
    host: { busySeconds: 1.96, idleSeconds: 0.03, stealSeconds: 0.01, irqSeconds: 0 },
    containers,
  };
}

/** A victim of forced sharing, its neighbour, a throttled one, one of Kubernetes, and a service. */
export const victim = ledgerOf({
  name: 'demo/victim',
  reserved: 1.5,
  received: 1.3,
  gap: { estimate: 0.2, low: 0.12, high: 0.24 },
  entitled: { estimate: 1.5, low: 1.42, high: 1.54 },
  causes: { runqueue_sharing: 0.17, self: 0.03 },
  whereabouts: { phantom: 0.01, taken: 0.19 },
  waitPerTimesliceSeconds: 0.0023,
  threadCount: 2,
  waiting: { others: 0.5, self: 0.1, system: 0, steal: 0, throttled: 0 },
});

export const neighbour = ledgerOf({
  name: 'demo/neighbour',
  reserved: 0.5,
  received: 0.69,
  waitPerTimesliceSeconds: 0.041,
  threadCount: 8,
});

export const throttled = ledgerOf({
  name: 'demo/throttled',
  reserved: 1,
  received: 0.4,
  gap: 0.6,
  causes: { throttled: 0.6 },
  throttling: {
    periods: 10,
    throttledPeriods: 8,
    throttledSeconds: 0.9,
    byPath: '/demo/throttled',
    harmful: true,
  },
  settings: { quotaCores: 0.4, allowedCpuCount: 2, allowedCpus: '0-1' },
});

export const pod = ledgerOf({
  name: 'web',
  path: '/kubepods/burstable/pod1/abc',
  identity: {
    kind: 'kubernetes',
    name: 'web',
    namespace: 'shop',
    pod: 'web-5d9c7-x2x1p',
    container: 'nginx',
  },
  reserved: 0.25,
  received: 0.05,
});

export const service = ledgerOf({
  name: 'sshd.service',
  path: '/system.slice/sshd.service',
  identity: { kind: 'systemd', name: 'sshd.service' },
  received: 0.01,
});

export const host = hostLedgerOf(service, neighbour, pod, victim, throttled);
