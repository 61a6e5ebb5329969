/** What no plan may go beyond, whatever a policy wants. */
export interface PlanLimits {
  /** Fewest CPUs that any container is left with; one with a reservation keeps as many whole CPUs as hold it. */
  readonly leastCpus: number;
  /** Partitions take CPUs away from the host's own processes too: only where a person asked for it. */
  readonly mayPartition: boolean;
  /** An older observation says nothing about now: everything goes back to its baseline. */
  readonly greatestAgeSeconds: number;
}

export const defaultPlanLimits: PlanLimits = { leastCpus: 1, mayPartition: false, greatestAgeSeconds: 30 };
