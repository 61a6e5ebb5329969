import { formatCores, formatDuration, formatPercent } from '../../render/numbers.ts';
import { printable } from '../../render/words.ts';
import { say, type Topic } from '../explanation.ts';
import { fileOf } from '../kernel-files.ts';

export const describeThrottling: Topic = ({ container }, places) => {
  const { throttling, settings, path } = container;
  const quota = fileOf('quota', path, places);
  if (settings.quotaCores === undefined) {
    return [say('No CPU quota is set on it or above it, so it cannot be throttled.', quota)];
  }
  const limit = `${formatCores(settings.quotaCores)} CPU`;
  if (throttling === undefined) {
    return [say(`A quota of ${limit} applies; whether it throttled cannot be read here.`, quota)];
  }
  const counters = fileOf('throttling', throttling.byPath ?? path, places);
  if (throttling.throttledPeriods === 0) {
    return [
      say(
        `A quota of ${limit} applies; it throttled in none of ${throttling.periods} periods.`,
        quota,
        counters,
      ),
    ];
  }
  const whose =
    throttling.byPath === undefined || throttling.byPath === path
      ? 'its own quota'
      : `the quota of ${printable(throttling.byPath)}`;
  const share = formatPercent(throttling.throttledPeriods / Math.max(1, throttling.periods));
  const queues = formatDuration(throttling.throttledSeconds / container.windowSeconds);
  return [
    say(
      `It was throttled by ${whose} (tightest limit: ${limit}) in ${throttling.throttledPeriods} of ${throttling.periods} periods (${share}); its queues stood still for ${queues} in each second, summed over CPUs.`,
      quota,
      counters,
    ),
    say(
      throttling.harmful
        ? 'That did harm: it happened while it was below its reservation, or stopped its threads for long although it used well under the limit.'
        : 'That is the limit at work, not harm: it had what it reserved when it was stopped.',
    ),
  ];
};
