import t from 'tap';
import {
  cpuStatText,
  pressureText,
  procSchedstatText,
  procStatText,
  threadSchedstatText,
  type HostProgress,
} from '../../../bench/agent-cost/host-text.ts';
import { parseCpuStatV2 } from '../../../kernel/cpu-stat.ts';
import { parsePressure } from '../../../kernel/pressure.ts';
import { parseProcSchedstat } from '../../../kernel/proc-schedstat.ts';
import { parseProcStat } from '../../../kernel/proc-stat.ts';
import { parseThreadSchedstat } from '../../../kernel/thread-schedstat.ts';

const start: HostProgress = { rounds: 0, waitingRounds: 0 };
const late: HostProgress = { rounds: 10_000, waitingRounds: 5_000 };

const texts: readonly (readonly [name: string, text: (progress: HostProgress) => string])[] = [
  ['cpu.stat', (progress) => cpuStatText(false, progress)],
  ['cpu.stat with a quota', (progress) => cpuStatText(true, progress)],
  ['cpu.pressure', pressureText],
  ['thread schedstat', (progress) => threadSchedstatText(20_999, progress)],
  ['/proc/stat', (progress) => procStatText(4, progress)],
  ['/proc/schedstat', (progress) => procSchedstatText(4, progress)],
];

for (const [name, text] of texts) {
  t.test(`${name} moves and keeps its length`, async (t) => {
    t.not(text(late), text(start));
    t.equal(text(late).length, text(start).length);
  });
}

t.test('the parsers read them', async (t) => {
  t.equal(parseCpuStatV2(cpuStatText(true, start), 'f').bandwidth?.throttledPeriods, 1000);
  t.equal(parseCpuStatV2(cpuStatText(false, late), 'f').bandwidth?.periods, 0);
  t.equal(parseProcStat(procStatText(4, start), 'f').cpus.length, 4);
  t.equal(parseProcSchedstat(procSchedstatText(4, start), 'f').runqueues.length, 4);
  t.equal(parseThreadSchedstat(threadSchedstatText(1000, start), 'f').timeslices, 1_001_000n);
});

t.test('pressure and threads move only in rounds in which everybody waits', async (t) => {
  const quiet: HostProgress = { rounds: 1, waitingRounds: 0 };
  const waiting: HostProgress = { rounds: 1, waitingRounds: 1 };
  t.equal(pressureText(quiet), pressureText(start));
  t.equal(threadSchedstatText(1000, quiet), threadSchedstatText(1000, start));
  const someNs = (progress: HostProgress): bigint => parsePressure(pressureText(progress), 'f').someNs;
  t.equal(someNs(waiting) - someNs(start), 200_000_000n);
});
