/** What the programs cost by the kernel's own account (kernel.bpf_stats_enabled), as `bpftool prog show -j` prints it. */
export interface ProgramAccount {
  readonly id: number;
  readonly name: string;
  readonly runTimeNs: number;
  readonly runCount: number;
}

export interface EventCost {
  readonly program: string;
  readonly events: number;
  /** The kernel's taking of the time included. */
  readonly nsPerEvent: number;
}

/** Throws SyntaxError on anything but JSON. Programs that have not run, or have no name, are left out. */
export function parseProgramAccounts(text: string): readonly ProgramAccount[] {
  const programs = JSON.parse(text) as unknown;
  if (!Array.isArray(programs)) return [];
  return programs.flatMap((program: unknown) => {
    const { id, name, run_time_ns: runTimeNs, run_cnt: runCount } = program as Record<string, unknown>;
    return typeof id === 'number' && typeof name === 'string'
      ? [{ id, name, runTimeNs: countOf(runTimeNs), runCount: countOf(runCount) }]
      : [];
  });
}

const countOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Cost per event between two accounts of the same programs, dearest in sum first. */
export function deriveEventCosts(
  before: readonly ProgramAccount[],
  after: readonly ProgramAccount[],
): readonly EventCost[] {
  const earlier = new Map(before.map((account) => [account.id, account]));
  return after
    .map(({ id, name, runTimeNs, runCount }) => ({
      program: name,
      events: runCount - (earlier.get(id)?.runCount ?? 0),
      spentNs: runTimeNs - (earlier.get(id)?.runTimeNs ?? 0),
    }))
    .filter(({ events }) => events > 0)
    .toSorted((a, b) => b.spentNs - a.spentNs)
    .map(({ program, events, spentNs }) => ({ program, events, nsPerEvent: spentNs / events }));
}
