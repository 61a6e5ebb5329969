/** GET /api/v1/containers: the latest ledger of all containers, or of some. */
import type { ContainerLedger } from '../../ledger/ledger.ts';
import { containerDocument, containerSchema } from './container-document.ts';
import { arrayOf, integer, number, objectOf, string } from './json-schema.ts';
import { ok, refusal, type Route } from './route.ts';

interface ContainersQuery {
  readonly namespace?: string;
  readonly pod?: string;
  readonly name?: string;
}

const filter = { type: 'string', maxLength: 512 } as const;

export const containersRoute: Route<ContainersQuery> = {
  path: '/api/v1/containers',
  summary: 'the latest ledger of every container, with totals; ?namespace=, ?pod=, ?name= choose some',
  query: objectOf({ 'namespace?': filter, 'pod?': filter, 'name?': filter }),
  schema: objectOf({
    node: string,
    wallTimeMs: number,
    windowSeconds: number,
    intervalSeconds: number,
    onlineCpuCount: integer,
    host: objectOf({ busySeconds: number, idleSeconds: number, stealSeconds: number, irqSeconds: number }),
    spilledContainerCount: integer,
    containers: arrayOf(containerSchema),
  }),
  answer: (view, query) => {
    const observation = view.latest();
    if (!observation?.ledger)
      return refusal(503, 'no_ledger_yet', 'A ledger needs two samples; try again soon.');
    const { ledger, totals } = observation;
    return ok({
      node: view.node,
      wallTimeMs: ledger.wallTimeMs,
      windowSeconds: ledger.windowSeconds,
      intervalSeconds: view.intervalSeconds(),
      onlineCpuCount: ledger.onlineCpuCount,
      host: ledger.host,
      spilledContainerCount: totals.spilled?.count ?? 0,
      containers: ledger.containers
        .filter((container) => matches(container, query))
        .map((container) => containerDocument(container, totals.containers.get(container.path))),
    });
  },
};

/** `name` is what a person would call it: the container's name in its pod, its full name, or its path. */
function matches({ identity, path }: ContainerLedger, query: ContainersQuery): boolean {
  return (
    (query.namespace === undefined || identity.namespace === query.namespace) &&
    (query.pod === undefined || identity.pod === query.pod) &&
    (query.name === undefined || [identity.container, identity.name, path].includes(query.name))
  );
}
