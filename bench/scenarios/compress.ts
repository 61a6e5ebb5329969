import type { BaseScenario } from './scenario.ts';

export const compress: BaseScenario = {
  name: 'compress',
  summary: 'zstd with as many threads as CPUs, over the same 8 MB again and again',
  victim: {
    name: 'victim',
    requestShare: 0.75,
    limit: 'none',
    load: { kind: 'compress', threads: { perCpu: 1 } },
  },
  outcome: { kind: 'rate', unit: 'runs' },
  expects: [
    'stock: the reading thread and the compressing ones wait for each other, and all behind the neighbour',
  ],
};
