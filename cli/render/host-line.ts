import type { HostLedger } from '../../ledger/ledger.ts';
import { plainLine, span, type Line, type Span } from './line.ts';
import { formatCores, formatDuration, formatPercent, formatWallTime } from './numbers.ts';

export interface HostView {
  readonly ledger: HostLedger;
  /** PSI some of the whole host, as a share of the window. */
  readonly pressureShare?: number;
}

/** `2 CPUs: 1.96 busy, 0.03 idle, 0.01 steal | PSI 42% | window 1.00s | 2026-07-01 14:05:09 UTC`, as much as the width holds. */
export function renderHostLine({ ledger, pressureShare }: HostView, columns: number): Line {
  const perSecond = (seconds: number): string => formatCores(seconds / ledger.windowSeconds);
  const { busySeconds, idleSeconds, stealSeconds } = ledger.host;
  const stealIsNotable = stealSeconds / ledger.windowSeconds > 0.02 * ledger.onlineCpuCount;
  const parts: readonly (readonly Span[])[] = [
    [
      span(`${ledger.onlineCpuCount} ${ledger.onlineCpuCount === 1 ? 'CPU' : 'CPUs'}`, 'strong'),
      ...(busySeconds + idleSeconds + stealSeconds === 0
        ? [span(': use unknown')]
        : [
            span(`: ${perSecond(busySeconds)} busy, ${perSecond(idleSeconds)} idle, `),
            span(`${perSecond(stealSeconds)} steal`, stealIsNotable ? 'bad' : 'plain'),
          ]),
    ],
    [span(`PSI ${pressureShare === undefined ? 'off' : formatPercent(pressureShare)}`)],
    [span(`window ${formatDuration(ledger.windowSeconds)}`, 'dim')],
    [span(`${formatWallTime(ledger.wallTimeMs)} UTC`, 'dim')],
  ];
  return joinWhileTheyFit(parts, columns);
}

/** The first part always; each further one while it fits. */
function joinWhileTheyFit(parts: readonly (readonly Span[])[], columns: number): Line {
  let line: Line = [];
  let length = 0;
  for (const part of parts) {
    const size = part.reduce((sum, { text }) => sum + text.length, 0);
    if (line.length > 0 && length + 3 + size > columns) break;
    line = line.length === 0 ? part : [...line, span(' | ', 'dim'), ...part];
    length += (length === 0 ? 0 : 3) + size;
  }
  return line;
}

/** What a table without a single row has to say. */
export function renderEmpty(reason: 'no containers' | 'no match', filter = ''): readonly Line[] {
  return reason === 'no match'
    ? [plainLine(`No container matches "${filter}".`, 'dim')]
    : [
        plainLine('No containers found below the cgroup root.', 'dim'),
        plainLine(
          'Run cpugap doctor to see what can be read here, and --cgroup-root to look elsewhere.',
          'dim',
        ),
      ];
}
