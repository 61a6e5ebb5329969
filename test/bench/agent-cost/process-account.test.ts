import t from 'tap';
import { parseStatCpuSeconds, parseStatusBytes } from '../../../bench/agent-cost/process-account.ts';

t.test('a process may be called anything', async (t) => {
  const line = '42 (a) b (c) S 1 42 42 0 -1 4194560 9 0 0 0 120 30 0 0 20 0 7 0 100 1000 200';
  t.equal(parseStatCpuSeconds(line), 1.5);
});

t.test('kB of /proc/<pid>/status are KiB', async (t) => {
  const status = 'Name:\tnode\nVmHWM:\t   90312 kB\nVmRSS:\t   84552 kB\n';
  t.equal(parseStatusBytes(status, 'VmRSS'), 84_552 * 1024);
  t.equal(parseStatusBytes(status, 'VmHWM'), 90_312 * 1024);
});
