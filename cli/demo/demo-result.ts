/** What a demo measured, and the JSON document that it prints. */
import type { ContainerLedger, GapCauses, HostLedger } from '../../ledger/ledger.ts';
import type { Receipt } from '../../tuner/experiment/receipt.ts';
import { planDocument, writeDocument } from '../tuner/plan-document.ts';
import type { TunedScene } from './tune-scene.ts';

export interface DemoResult {
  /** Where the numbers come from: this host, or a recording that ships with the package and why. */
  readonly origin: { readonly kind: 'live' } | { readonly kind: 'recording'; readonly why: string };
  readonly ledger: HostLedger;
  readonly victim: ContainerLedger;
  readonly neighbour: ContainerLedger;
  /** PSI some of the whole host, as a share of the window. */
  readonly pressureShare?: number;
  /** What the victim's work came to; a recording does not hold it. */
  readonly work?: DemoWork;
  /** CPU-seconds that the victim's own usage counter rose by, read apart before and after each sample; a recording has no such witness. */
  readonly usageCounter?: { readonly least: number; readonly most: number } | undefined;
  /** Which programs counted, or why none did; a recording does not say. */
  readonly sourceReason?: string;
  /** What the tuner did then; absent where it was not asked, and in a recording. */
  readonly tuned?: DemoTuning;
}

export interface DemoTuning extends Omit<TunedScene, 'after'> {
  readonly after?: {
    readonly ledger: HostLedger;
    readonly victim: ContainerLedger;
    readonly neighbour: ContainerLedger;
    readonly phasesPerSecond?: number;
    readonly pressureShare?: number;
  };
}

export interface DemoWork {
  readonly alonePhasesPerSecond: number;
  readonly besidePhasesPerSecond: number;
}

interface ContainerFigures {
  readonly name: string;
  readonly reservedCores: number;
  readonly receivedCores: number;
  readonly entitledCores: number;
  readonly gapCores: number;
  readonly causes: GapCauses;
  readonly phantomCores: number;
  readonly borrowedCores: number;
  /** Bounds of gapCores. */
  readonly bounds: readonly [number, number];
  readonly source: ContainerLedger['source'];
  readonly verdict: string;
}

export interface DemoDocument {
  readonly before: { readonly containers: readonly ContainerFigures[] };
  readonly work?: DemoWork;
  /** What the tuner planned first, what was measured after it, and its receipt. */
  readonly plan?: object;
  readonly after?: { readonly containers: readonly ContainerFigures[]; readonly phasesPerSecond?: number };
  readonly receipt?: Receipt;
  /** Every control file holds the bytes that it held before the tuner came. */
  readonly restored?: boolean;
  readonly origin: DemoResult['origin'];
  /** Which source the numbers rest on, and why that one. */
  readonly source: { readonly kind: ContainerLedger['source']; readonly why?: string };
  readonly windowSeconds: number;
  readonly host: {
    readonly cpus: number;
    readonly busyCores: number;
    readonly idleCores: number;
    readonly stealCores: number;
  };
}

/** All amounts in CPUs: CPU-seconds per second of the window. */
export function demoDocument(result: DemoResult): DemoDocument {
  const { ledger, work, origin } = result;
  const perSecond = (seconds: number): number => seconds / ledger.windowSeconds;
  return {
    before: { containers: [result.victim, result.neighbour].map(containerFigures) },
    ...(work && { work }),
    ...(result.tuned && tunedFigures(result.tuned)),
    origin,
    source: {
      kind: result.victim.source,
      ...(result.sourceReason !== undefined && { why: result.sourceReason }),
    },
    windowSeconds: ledger.windowSeconds,
    host: {
      cpus: ledger.onlineCpuCount,
      busyCores: perSecond(ledger.host.busySeconds),
      idleCores: perSecond(ledger.host.idleSeconds),
      stealCores: perSecond(ledger.host.stealSeconds),
    },
  };
}

function tunedFigures({ plan, after, receipt, restored, writes }: DemoTuning): Partial<DemoDocument> {
  return {
    ...(plan && { plan: { ...planDocument(plan, 'ladder'), allWrites: writes.map(writeDocument) } }),
    ...(after && {
      after: {
        containers: [after.victim, after.neighbour].map(containerFigures),
        ...(after.phasesPerSecond !== undefined && { phasesPerSecond: after.phasesPerSecond }),
      },
    }),
    ...(receipt && { receipt }),
    restored,
  };
}

function containerFigures(ledger: ContainerLedger): ContainerFigures {
  const cores = (seconds: number): number => seconds / ledger.windowSeconds;
  const { causes } = ledger;
  return {
    name: ledger.identity.name,
    reservedCores: ledger.reservation?.cores ?? 0,
    receivedCores: cores(ledger.received),
    entitledCores: cores(ledger.entitled.estimate),
    gapCores: cores(ledger.gap.estimate),
    causes: {
      throttled: cores(causes.throttled),
      runqueue_sharing: cores(causes.runqueue_sharing),
      self: cores(causes.self),
      system: cores(causes.system),
      steal: cores(causes.steal),
      unexplained: cores(causes.unexplained),
    },
    phantomCores: cores(ledger.whereabouts.phantom),
    borrowedCores: cores(ledger.borrowed),
    bounds: [cores(ledger.gap.low), cores(ledger.gap.high)],
    source: ledger.source,
    verdict: ledger.verdict.sentence,
  };
}
