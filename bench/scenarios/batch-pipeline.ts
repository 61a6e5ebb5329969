import type { BaseScenario } from './scenario.ts';

export const batchPipeline: BaseScenario = {
  name: 'batch-pipeline',
  summary: 'threads that hand work to each other, one at a time: every wait of one is a wait of all',
  victim: {
    name: 'victim',
    requestShare: 0.5,
    limit: 'none',
    load: { kind: 'workload', workload: 'pipeline', threads: { perCpu: 2 }, workMs: 0.5 },
  },
  outcome: { kind: 'rate', unit: 'pieces' },
  expects: ['stock: slower the more threads the neighbour has', 'one CPU of its own is all that it can use'],
};
