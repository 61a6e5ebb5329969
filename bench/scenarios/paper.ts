/**
 * The set-up of "Mind the Gap" (SoCC 2021, doi 10.1145/3472883.3486997) scaled to the CPUs there are: the target reserves
 * 12 of 22 CPUs beside stress-ng neighbours. The published figures stand beside ours; ours come from other programs (a
 * barrier kernel in place of PARSEC and SPLASH-2, an open-loop client in place of YCSB) on another kernel.
 */
import { batchBarrier } from './batch-barrier.ts';
import { interactiveMemcached } from './interactive-memcached.ts';
import type { BaseScenario } from './scenario.ts';

const requestShare = 12 / 22;

export const paperBatch: BaseScenario = {
  ...batchBarrier,
  name: 'paper-batch',
  summary: 'as published: a batch target that reserves 12 of 22 CPUs, scaled to the CPUs there are',
  victim: { ...batchBarrier.victim, requestShare },
  published: [
    { what: 'batch jobs beside neighbours, slower than alone', value: 'up to 5x' },
    { what: 'batch jobs with dedicated CPUs, faster than without', value: 'up to 5.6x' },
  ],
};

export const paperMemcached: BaseScenario = {
  ...interactiveMemcached,
  name: 'paper-memcached',
  summary: 'as published: memcached that reserves 12 of 22 CPUs, scaled to the CPUs there are',
  victim: { ...interactiveMemcached.victim, requestShare },
  published: [
    { what: 'memcached, most requests per second: alone, beside neighbours', value: '85,000, 37,000' },
    {
      what: 'memcached, p99 at 37,000 requests per second: alone, beside neighbours',
      value: '383 us, 8,479 us',
    },
    { what: 'interactive jobs with dedicated CPUs, better than without', value: 'up to 13.7x' },
  ],
};
