import type { BaseScenario } from './scenario.ts';

export const interactiveBurst: BaseScenario = {
  name: 'interactive-burst',
  summary: 'many threads that each have a millisecond of work to do at the same moment, ten times a second',
  victim: {
    name: 'victim',
    requestShare: 0.5,
    limit: 'none',
    load: { kind: 'workload', workload: 'burst', threads: { perCpu: 4 }, workMs: 1, everyMs: 100 },
  },
  outcome: { kind: 'latency', unit: 'pieces' },
  expects: [
    'stock: little CPU is missing and the last thread of a burst is late',
    'dedicated: the burst may no longer spread over all CPUs, and its end comes later than with idle_class',
  ],
};
