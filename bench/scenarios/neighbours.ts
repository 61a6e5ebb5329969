/** The neighbours that every victim is set beside: one pod that reserves what the victim leaves. */
import type { BaseScenario, Load, NeighbourVariant, PodSpec, Scenario } from './scenario.ts';

const limits = ['bursting', 'capped'] as const;
const threadCounts = ['many', 'few'] as const;
const kinds = ['cpu', 'memory'] as const;

/** The first is the one that a scenario's bare name means. */
export const neighbourVariants: readonly NeighbourVariant[] = limits.flatMap((limit) =>
  threadCounts.flatMap((threads) => kinds.map((kind) => ({ limit, threads, kind }))),
);

export function variantName({ limit, threads, kind }: NeighbourVariant): string {
  return `${limit}-${threads}-${kind}`;
}

const threadsPerCpu = { few: 1, many: 4 } as const;
const workloadOf = { cpu: 'spin', memory: 'memory' } as const;

export function withNeighbours(base: BaseScenario, variant: NeighbourVariant): Scenario {
  const load: Load = {
    kind: 'workload',
    workload: workloadOf[variant.kind],
    threads: { perCpu: threadsPerCpu[variant.threads] },
  };
  const neighbour: PodSpec = {
    name: 'neighbour',
    requestShare: 1 - base.victim.requestShare,
    limit: variant.limit === 'capped' ? 'request' : 'none',
    load,
  };
  return { ...base, name: `${base.name}/${variantName(variant)}`, variant, neighbours: [neighbour] };
}
