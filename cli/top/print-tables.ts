/** Windows as plain tables one after the other, or as JSON lines: for pipes, files and `--once`. */
import type { CliIo } from '../io.ts';
import type { ObservedWindow } from '../observed-window.ts';
import { filterContainers, rankContainers, type SortKey } from '../rank.ts';
import { renderContainerTable, renderTally } from '../render/container-table.ts';
import { renderEmpty, renderHostLine } from '../render/host-line.ts';
import { formatJson } from '../render/json.ts';
import { paintLines, plainLine, type Line } from '../render/line.ts';

export interface PrintOptions {
  readonly json: boolean;
  readonly sort: SortKey;
  readonly filter: string;
  /** Ends after so many windows. */
  readonly count?: number;
}

/** Where nobody's terminal sets the width, nothing is left out. */
const widthOfFiles = 200;

/** Prints window after window; gives how many there were. */
export async function printWindows(
  windows: AsyncIterable<ObservedWindow>,
  options: PrintOptions,
  io: CliIo,
): Promise<number> {
  let printed = 0;
  for await (const window of windows) {
    io.out.write(formatWindow(window, options, io, printed > 0));
    printed += 1;
    if (options.count !== undefined && printed >= options.count) break;
  }
  return printed;
}

/** One window as text; `follows` puts an empty line before a further table. */
export function formatWindow(
  window: ObservedWindow,
  options: PrintOptions,
  io: CliIo,
  follows = false,
): string {
  if (options.json) return formatJson(window.ledger);
  const lines = renderWindow(window, options, io.out.columns() ?? widthOfFiles);
  return paintLines(follows ? [plainLine(''), ...lines] : lines, io.colour);
}

function renderWindow(window: ObservedWindow, options: PrintOptions, columns: number): readonly Line[] {
  const { ledger, pressureShare } = window;
  const shown = rankContainers(filterContainers(ledger.containers, options.filter), options.sort);
  const table =
    shown.length === 0
      ? renderEmpty(ledger.containers.length === 0 ? 'no containers' : 'no match', options.filter)
      : renderContainerTable(shown, { columns });
  return [
    renderHostLine({ ledger, ...(pressureShare !== undefined && { pressureShare }) }, columns),
    renderTally(ledger),
    plainLine(''),
    ...table,
  ];
}
