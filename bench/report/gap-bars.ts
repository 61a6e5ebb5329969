/** The victim's gap by cause, one bar per arm, all to the same scale. Pure. */
import { gapCauses } from '../../ledger/ledger.ts';
import { causeWord, formatGap } from './format.ts';
import { escapeHtml } from './html.ts';
import type { CellSummary } from './summary.ts';

export function gapBars(cells: readonly CellSummary[]): string {
  const most = Math.max(...cells.map(({ victim }) => victim.gapCores), 0.01);
  const rows = cells.map(({ arm, victim }) => {
    const parts = gapCauses.map((cause) => {
      const width = (Math.max(0, victim.causes[cause]) / most) * 100;
      return `<i class="${cause}" style="width:${width.toFixed(2)}%"></i>`;
    });
    const text = escapeHtml(formatGap(victim.gapCores, victim.causes));
    return `<div class="bar"><b>${escapeHtml(arm)}</b><span>${parts.join('')}</span><em>${text}</em></div>`;
  });
  const legend = gapCauses.map((cause) => `<span><i class="${cause}"></i>${causeWord(cause)}</span>`);
  return `<div class="bars">${rows.join('\n')}</div><p class="legend">${legend.join(' ')}</p>`;
}
