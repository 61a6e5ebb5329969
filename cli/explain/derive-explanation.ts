/** Evidence to an engineer's note: sections of plain statements, each with the files that its numbers come from. Pure. */
import { displayName } from '../render/container-name.ts';
import type { Evidence } from './evidence.ts';
import type { Explanation, Topic } from './explanation.ts';
import type { FilePlaces } from './kernel-files.ts';
import { describeAmounts } from './topics/amounts.ts';
import { describeCauses } from './topics/causes.ts';
import { describeDataQuality } from './topics/data-quality.ts';
import { adviseNextLooks } from './topics/next-looks.ts';
import { describeSettings } from './topics/settings.ts';
import { describeThrottling } from './topics/throttling.ts';
import { describeWhereabouts } from './topics/whereabouts.ts';

const topics: readonly (readonly [title: string, topic: Topic])[] = [
  ['Reserved, wanted, received', describeAmounts],
  ['Why', describeCauses],
  ['Where the missing CPU time was', describeWhereabouts],
  ['Throttling', describeThrottling],
  ['Settings in force', describeSettings],
  ['How good these numbers are', describeDataQuality],
  ['Look next', adviseNextLooks],
];

export function deriveExplanation(evidence: Evidence, places: FilePlaces): Explanation {
  const { container } = evidence;
  return {
    name: displayName(container),
    path: container.path,
    windowCount: evidence.windowCount,
    seconds: container.windowSeconds,
    wallTimeMs: evidence.wallTimeMs,
    verdict: container.verdict.sentence,
    sections: topics
      .map(([title, topic]) => ({ title, statements: topic(evidence, places) }))
      .filter(({ statements }) => statements.length > 0),
  };
}
