/** What a restore did, one line per file. */
import type { RestoredFile, RestoreOutcome, RestoreReport } from '../../tuner/actuation/restore.ts';
import { plainLine, span, type Line, type Tone } from './line.ts';
import { counted, printable } from './words.ts';

const words: Readonly<Record<RestoreOutcome, { readonly text: string; readonly tone: Tone }>> = {
  restored: { text: 'restored', tone: 'good' },
  already_original: { text: 'already original', tone: 'good' },
  gone: { text: 'cgroup gone', tone: 'dim' },
  recreated: { text: 'cgroup made anew', tone: 'dim' },
  changed_by_other: { text: 'changed by another', tone: 'warn' },
  failed: { text: 'failed', tone: 'bad' },
};

const outcomeWidth = Math.max(...Object.values(words).map(({ text }) => text.length)) + 2;

export function renderRestore(report: RestoreReport): readonly Line[] {
  switch (report.kind) {
    case 'nothing_to_restore':
      return [
        plainLine('There is no journal here: nothing was written, or everything was given back.', 'good'),
      ];
    case 'void_after_boot':
      return [
        plainLine(
          `The machine was booted since: ${counted(report.files, 'value')} of the journal went with ${report.files === 1 ? 'its cgroup' : 'their cgroups'}.`,
          'good',
        ),
      ];
    case 'restored':
      return [...report.files.map(renderFile), plainLine(''), ...conclusion(report)];
  }
}

function renderFile({ path, file, outcome, original, detail }: RestoredFile): Line {
  const { text, tone } = words[outcome];
  const value = detail === undefined ? original : `${original} (now: ${detail})`;
  return [
    span(text.padEnd(outcomeWidth), tone),
    span(`${printable(path)}/${file}  `),
    span(printable(value), 'dim'),
  ];
}

function conclusion({
  files,
  isComplete,
  journalFailure,
}: Extract<RestoreReport, { kind: 'restored' }>): readonly Line[] {
  const open = files.filter(({ outcome }) => outcome === 'failed' || outcome === 'changed_by_other').length;
  return [
    isComplete
      ? plainLine('Every file that is still there holds what stood there before the tuner came.', 'good')
      : plainLine(
          `${counted(open, 'file')} not given back, and still in the journal: run it again, with --force to overwrite what another wrote.`,
          'bad',
        ),
    ...(journalFailure === undefined ? [] : [plainLine(printable(journalFailure), 'bad')]),
  ];
}
