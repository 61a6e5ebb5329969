import type { BaseScenario } from './scenario.ts';

export const interactiveHttp: BaseScenario = {
  name: 'interactive-http',
  summary:
    'nginx serving a file of 1 kB, requests at fixed rates whether it answers or not (open loop, Poisson)',
  victim: {
    name: 'victim',
    requestShare: 0.5,
    limit: 'none',
    load: {
      kind: 'server',
      server: 'nginx',
      threads: { perCpu: 1 },
      connections: 32,
      arrivals: 'poisson',
      rates: [250, 500, 1000, 2000, 4000],
    },
  },
  outcome: { kind: 'latency', unit: 'requests' },
  expects: ['stock: a worker that waits delays every connection that it holds'],
};
