/** Ledgers from a few figures, for tests of what is made of ledgers. */
import type { ContainerLedger, HostLedger } from '../../ledger/ledger.ts';

/** A container that reserves 1.5 CPUs, received 1.25 of the 1.5 it wanted in one second, and waited behind others. */
export function containerLedger(changes: Partial<ContainerLedger> = {}): ContainerLedger {
  return {
    path: '/web',
    cgroupId: 7n,
    identity: { kind: 'docker', name: 'web' },
    reservation: { cores: 1.5, source: 'reservations.yaml:1 "/web"' },
    source: 'portable',
    windowSeconds: 1,
    received: 1.25,
    entitled: { estimate: 1.5, low: 1.25, high: 1.5 },
    gap: { estimate: 0.25, low: 0, high: 0.25 },
    unclaimed: 0,
    borrowed: 0,
    causes: { throttled: 0, runqueue_sharing: 0.25, self: 0, system: 0, steal: 0, unexplained: 0 },
    whereabouts: { phantom: 0.05, taken: 0.2 },
    waiting: { others: 0.5, self: 0, system: 0, steal: 0, throttled: 0 },
    pressureWaiting: 0.4,
    pressureStalled: 0.1,
    settings: { allowedCpuCount: 2, allowedCpus: '0-1' },
    quality: [],
    verdict: { kind: 'contended', sentence: 'web missed 0.25 of 1.5 reserved CPUs.' },
    ...changes,
  };
}

export function hostLedger(
  containers: readonly ContainerLedger[],
  changes: Partial<HostLedger> = {},
): HostLedger {
  return {
    wallTimeMs: 1_800_000_000_000,
    windowSeconds: 1,
    onlineCpuCount: 2,
    host: { busySeconds: 1.5, idleSeconds: 0.25, stealSeconds: 0.25, irqSeconds: 0.125 },
    containers,
    ...changes,
  };
}

/** A container ledger without the figures that need a reservation to mean anything. */
export function withoutReservation(ledger: ContainerLedger): ContainerLedger {
  const rest = { ...ledger };
  Reflect.deleteProperty(rest, 'reservation');
  return rest;
}
