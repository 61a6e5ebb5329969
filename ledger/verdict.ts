/** One plain sentence per container: what happened to its reservation, with the numbers. */
import { mainCause } from './causes.ts';
import type { ContainerLedger, Verdict, VerdictKind } from './ledger.ts';

/** A gap under 1 % of the reservation, or under 5 ms a second, is not worth a word. */
const gapShareOfNote = 0.01;
const gapCoresOfNote = 0.005;
const idleShare = 0.01;

export type LedgerBeforeVerdict = Omit<ContainerLedger, 'verdict'>;

export function decideVerdict(ledger: LedgerBeforeVerdict): Verdict {
  const kind = verdictKind(ledger);
  return { kind, sentence: sentences[kind](ledger) };
}

/** True where the gap is large enough to speak of. */
export function isNotableGap(ledger: LedgerBeforeVerdict): boolean {
  const cores = ledger.gap.estimate / ledger.windowSeconds;
  return cores > gapCoresOfNote && cores > gapShareOfNote * (ledger.reservation?.cores ?? 0);
}

function verdictKind(ledger: LedgerBeforeVerdict): VerdictKind {
  if (ledger.quality.includes('no_usage') || ledger.quality.includes('no_waiting_data')) return 'unknown';
  const { reservation, throttling } = ledger;
  if (reservation === undefined || reservation.cores === 0) return 'no_reservation';
  if (isNotableGap(ledger)) return kindOfGap(ledger);
  if (throttling && throttling.throttledSeconds > 0) {
    return throttling.harmful ? 'throttled_harmful' : 'throttled_harmless';
  }
  const reserved = reservation.cores * ledger.windowSeconds;
  if (ledger.received < idleShare * reserved) return 'idle';
  return ledger.borrowed > idleShare * reserved ? 'borrowing' : 'satisfied';
}

function kindOfGap(ledger: LedgerBeforeVerdict): VerdictKind {
  switch (mainCause(ledger.causes)) {
    case 'throttled':
      return 'throttled_harmful';
    case 'self':
      return 'self_limited';
    case 'steal':
      return 'stolen';
    case 'runqueue_sharing':
    case 'system':
      return ledger.whereabouts.phantom >= ledger.gap.estimate / 2 ? 'phantom' : 'contended';
    case 'unexplained':
    case undefined:
      return 'unexplained';
  }
}

const cores = (ledger: LedgerBeforeVerdict, seconds: number): string =>
  (seconds / ledger.windowSeconds).toFixed(2);
const reserved = (ledger: LedgerBeforeVerdict): string => (ledger.reservation?.cores ?? 0).toFixed(2);
const received = (ledger: LedgerBeforeVerdict): string => cores(ledger, ledger.received);
const missed = (ledger: LedgerBeforeVerdict): string =>
  `received ${received(ledger)} of ${cores(ledger, ledger.entitled.estimate)} CPU it was entitled to (${reserved(ledger)} reserved)`;
const quota = (ledger: LedgerBeforeVerdict): string => {
  const limit = ledger.settings.quotaCores;
  const where =
    ledger.throttling?.byPath === ledger.path
      ? 'its own quota'
      : `the quota of ${ledger.throttling?.byPath ?? 'an ancestor'}`;
  return limit === undefined ? where : `${where} (${limit.toFixed(2)} CPU)`;
};
const periods = (ledger: LedgerBeforeVerdict): string =>
  `${ledger.throttling?.throttledPeriods ?? 0} of ${ledger.throttling?.periods ?? 0} periods`;

const sentences: Readonly<Record<VerdictKind, (ledger: LedgerBeforeVerdict) => string>> = {
  unknown: (l) =>
    l.quality.includes('no_usage')
      ? 'Its usage could not be read.'
      : `It received ${received(l)} of ${reserved(l)} CPU reserved; whether it wanted more cannot be told: neither pressure nor threads can be read.`,
  no_reservation: (l) => `Nothing is reserved for it; it used ${received(l)} CPU of what others left.`,
  idle: (l) => `It wanted almost nothing of its ${reserved(l)} CPU.`,
  satisfied: (l) => `It got what it wanted: ${received(l)} of ${reserved(l)} CPU reserved.`,
  borrowing: (l) =>
    `It got its reservation of ${reserved(l)} CPU where it wanted it, and borrowed ${cores(l, l.borrowed)} more.`,
  throttled_harmful: (l) =>
    isNotableGap(l)
      ? `It ${missed(l)}: throttled by ${quota(l)} in ${periods(l)} while under its reservation.`
      : `It used ${received(l)} CPU, well under its limit, and was still stopped by ${quota(l)} in ${periods(l)}.`,
  throttled_harmless: (l) =>
    `It was throttled by ${quota(l)} in ${periods(l)}, at or above its reservation: that is its limit at work.`,
  self_limited: (l) =>
    `It ${missed(l)}: its threads waited behind each other on ${l.settings.allowedCpuCount ?? 'too few'} allowed CPUs.`,
  contended: (l) =>
    `It ${missed(l)}: its threads waited behind ${mainCause(l.causes) === 'system' ? 'kernel threads and host processes' : 'other containers'} on shared runqueues.`,
  phantom: (l) =>
    `It ${missed(l)}: its threads waited on shared runqueues while ${cores(l, l.whereabouts.phantom)} CPU stood idle that it could not use.`,
  stolen: (l) => `It ${missed(l)}: the hypervisor took the CPU.`,
  unexplained: (l) => `It ${missed(l)}; kernel files do not say what its threads waited for.`,
};
