/** The doctor's table: one line per finding that is fine, more for those that are not. */
import { canMeasure, type Finding, type FindingStatus } from '../doctor/finding.ts';
import { plainLine, span, type Line, type Tone } from './line.ts';
import { counted, printable, wrapWords } from './words.ts';

const tones: Readonly<Record<FindingStatus, Tone>> = { ok: 'good', degraded: 'warn', missing: 'bad' };
const statusWidth = 10;

export function renderFindings(findings: readonly Finding[], columns: number): readonly Line[] {
  const width = Math.min(columns, 110);
  const checkWidth = Math.max(...findings.map(({ check }) => check.length)) + 2;
  return [
    ...findings.flatMap((finding) => renderFinding(finding, checkWidth, width)),
    plainLine(''),
    ...conclusion(findings, width),
  ];
}

function renderFinding(finding: Finding, checkWidth: number, width: number): readonly Line[] {
  const indent = statusWidth + checkWidth;
  const textWidth = Math.max(20, width - indent);
  const details = [
    printable(finding.found),
    ...(finding.consequence === undefined ? [] : [`so: ${finding.consequence}`]),
    ...(finding.remedy === undefined ? [] : [`do: ${finding.remedy}`]),
  ];
  const [first = '', ...rest] = details.flatMap((text, index) =>
    wrapWords(text, textWidth, index === 0 ? '' : '    '),
  );
  return [
    [
      span(finding.status.padEnd(statusWidth), tones[finding.status]),
      span(finding.check.padEnd(checkWidth), 'strong'),
      span(first),
    ],
    ...rest.map((text) => plainLine(' '.repeat(indent) + text, 'dim')),
  ];
}

function conclusion(findings: readonly Finding[], width: number): readonly Line[] {
  const tone: Tone = canMeasure(findings) ? 'good' : 'bad';
  return wrapWords(conclusionText(findings), width).map((text) => plainLine(text, tone));
}

function conclusionText(findings: readonly Finding[]): string {
  if (!canMeasure(findings)) {
    const reasons = findings.filter(({ essential }) => essential === true).map(({ check }) => check);
    return `Measuring is not possible here: ${reasons.join(', ')}.`;
  }
  const notOk = findings.filter(({ status }) => status !== 'ok').length;
  return notOk === 0
    ? 'Measuring is possible here, and nothing is in the way.'
    : `Measuring is possible here; ${counted(notOk, 'finding')} above ${notOk === 1 ? 'makes' : 'make'} it less exact or worth knowing.`;
}
