/**
 * A reservation as a bar. The whole bar is what is reserved: received, missing (in the colour of its causes), unclaimed.
 *
 *     ======##....   received 50 %, missing 17 %, not wanted 33 %
 */
import type { ContainerLedger } from '../../ledger/ledger.ts';
import { isNotableGap } from '../../ledger/verdict.ts';
import { causeShares, causeWords } from './cause-words.ts';
import { span, type Span } from './line.ts';

export function renderReservationBar(ledger: ContainerLedger, width: number): readonly Span[] {
  const { reservation } = ledger;
  if (reservation === undefined || reservation.cores <= 0) return [];
  const reserved = reservation.cores * ledger.windowSeconds;
  const missing = missingCells(ledger, reserved, width);
  const received = Math.min(
    width - missing,
    Math.round((Math.min(ledger.received, ledger.entitled.estimate) / reserved) * width),
  );
  return [
    span('='.repeat(received), 'good'),
    ...missingSpans(ledger, missing),
    span('.'.repeat(width - missing - received), 'dim'),
  ].filter(({ text }) => text !== '');
}

/** A gap that is worth a word is worth a cell. */
function missingCells(ledger: ContainerLedger, reserved: number, width: number): number {
  const cells = Math.round((ledger.gap.estimate / reserved) * width);
  return Math.min(width, Math.max(cells, isNotableGap(ledger) ? 1 : 0));
}

function missingSpans(ledger: ContainerLedger, cells: number): readonly Span[] {
  const spans: Span[] = [];
  let drawn = 0;
  let share = 0;
  for (const cause of causeShares(ledger.causes)) {
    share += cause.share;
    const until = Math.round(Math.min(1, share) * cells);
    spans.push(span('#'.repeat(until - drawn), causeWords[cause.cause].tone));
    drawn = until;
  }
  return [...spans, span('#'.repeat(cells - drawn), 'unexplained')];
}
