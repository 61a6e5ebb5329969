import type { BaseScenario } from './scenario.ts';

export const batchSteady: BaseScenario = {
  name: 'batch-steady',
  summary: 'independent threads, as many as CPUs reserved: no thread waits for another',
  victim: {
    name: 'victim',
    requestShare: 0.75,
    limit: 'none',
    load: { kind: 'workload', workload: 'spin', threads: { perCpu: 1 } },
  },
  outcome: { kind: 'rate', unit: 'pieces' },
  expects: [
    'stock: it receives less than it reserved, as its few threads share queues with many',
    'idle_class: nearly the speed that it has alone',
  ],
};
