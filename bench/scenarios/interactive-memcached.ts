import type { BaseScenario } from './scenario.ts';

export const interactiveMemcached: BaseScenario = {
  name: 'interactive-memcached',
  summary: 'memcached, requests at fixed rates whether it answers or not (open loop, Poisson)',
  victim: {
    name: 'victim',
    requestShare: 0.5,
    limit: 'none',
    load: {
      kind: 'server',
      server: 'memcached',
      threads: { perCpu: 1 },
      connections: 16,
      arrivals: 'poisson',
      rates: [500, 1000, 2000, 4000, 8000],
    },
  },
  outcome: { kind: 'latency', unit: 'requests' },
  expects: [
    'stock: it uses a tenth of what it reserved, and its p99 is many times that of solo',
    'idle_class: p99 near solo with no CPU given up',
  ],
};
