import type { BaseScenario } from './scenario.ts';

export const interactiveRedis: BaseScenario = {
  name: 'interactive-redis',
  summary: 'Redis, requests at fixed rates whether it answers or not (open loop, Poisson)',
  victim: {
    name: 'victim',
    requestShare: 0.5,
    limit: 'none',
    load: {
      kind: 'server',
      server: 'redis',
      threads: 1,
      connections: 16,
      arrivals: 'poisson',
      rates: [500, 1000, 2000, 4000, 8000],
    },
  },
  outcome: { kind: 'latency', unit: 'requests' },
  expects: ['stock: one thread serves everybody, so each of its waits delays all requests on the way'],
};
