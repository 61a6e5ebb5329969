import type { BaseScenario } from './scenario.ts';

const pod = (workload: 'barrier' | 'spinning_barrier'): BaseScenario['victim'] => ({
  name: 'victim',
  requestShare: 0.75,
  limit: 'none',
  load: { kind: 'workload', workload, threads: { perCpu: 1 }, workMs: 1 },
});

const outcome = { kind: 'rate', unit: 'phases' } as const;

export const batchBarrier: BaseScenario = {
  name: 'batch-barrier',
  summary: 'threads that meet at a barrier each millisecond and sleep while they wait for each other',
  victim: pod('barrier'),
  outcome,
  expects: [
    'stock: a third of its speed is lost although its reservation fits',
    'the gap is runqueue sharing, a large part of it induced: threads asleep at the barrier want nothing',
    'dedicated with fewer CPUs than threads loses more than it wins',
  ],
};

export const batchBarrierSpin: BaseScenario = {
  name: 'batch-barrier-spin',
  summary: 'threads that meet at a barrier each millisecond and spin while they wait for each other',
  victim: pod('spinning_barrier'),
  outcome,
  expects: ['stock: it burns its share of the CPUs in waiting, so it receives more and does less'],
};
