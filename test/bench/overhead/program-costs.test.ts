import t from 'tap';
import { formatEvents, formatRatios } from '../../../bench/overhead/overhead-table.ts';
import { deriveEventCosts, parseProgramAccounts } from '../../../bench/overhead/program-costs.ts';

/** As bpftool 7.1 prints it; without statistics the last two are not there. */
const text = (runTimeNs: number, runCount: number): string =>
  JSON.stringify([
    {
      id: 12,
      type: 'tracing',
      name: 'on_switch',
      gpl_compatible: true,
      run_time_ns: runTimeNs,
      run_cnt: runCount,
    },
    { id: 13, type: 'tracing', name: 'on_wakeup', gpl_compatible: true },
    { id: 14, type: 'cgroup_device' },
  ]);

t.test('cost per event between two accounts', async (t) => {
  const [before, after] = [text(1000, 10), text(3400, 20)].map(parseProgramAccounts);
  t.same(deriveEventCosts(before ?? [], after ?? []), [
    { program: 'on_switch', events: 10, nsPerEvent: 240 },
  ]);
  t.same(deriveEventCosts([], after ?? [])[0]?.events, 20, 'a program that is new');
  t.same(parseProgramAccounts('{}'), []);
});

t.test('tables', async (t) => {
  const results = [
    {
      load: 'hackbench',
      seconds: 1.234,
      ratio: { blocks: 12, ratio: 1.0123, median: 0.999, low: 0.99, high: 1.03 },
      events: [{ program: 'on_switch', events: 10, nsPerEvent: 240.4 }],
      cpuShare: 0.0123,
    },
  ];
  t.match(
    formatRatios(results),
    '| hackbench | 1.23 s |     12 |           +1.23 % | -1.00 % to +3.00 % | -0.10 % |          1.23 % |',
  );
  t.match(formatEvents(results), '| hackbench | on_switch |     10 | 240 ns |');
});
