/** What the agent's /metrics page says of its own cost. PURE: text in, numbers out. */

/** Cumulative since the agent started. */
export interface OwnAccount {
  readonly ticks: number;
  readonly intervalSeconds: number;
  readonly cpuSeconds: number;
  /** Wall seconds by stage; the collectors are the parts of the stage `read`. */
  readonly stageSeconds: Readonly<Record<string, number>>;
}

/** Undefined while the page has no sample yet. */
export function parseOwnAccount(page: string): OwnAccount | undefined {
  const collectors = seriesOf(page, 'cpugap_collector_duration_seconds_total', 'collector');
  if (collectors.length === 0) return undefined;
  const stages = seriesOf(page, 'cpugap_agent_stage_seconds_total', 'stage').filter(
    ([name]) => name !== 'read',
  );
  return {
    ticks: valueOf(page, 'cpugap_agent_ticks_total'),
    intervalSeconds: valueOf(page, 'cpugap_agent_interval_seconds'),
    cpuSeconds: valueOf(page, 'cpugap_agent_cpu_seconds_total'),
    stageSeconds: Object.fromEntries([
      ...collectors.map(([name, s]) => [`read ${name}`, s] as const),
      ...stages,
    ]),
  };
}

/** Milliseconds per tick by stage between two accounts. */
export function stageMsPerTick(before: OwnAccount, after: OwnAccount): Readonly<Record<string, number>> {
  const ticks = after.ticks - before.ticks;
  return Object.fromEntries(
    Object.entries(after.stageSeconds).map(([stage, seconds]) => [
      stage,
      ((seconds - (before.stageSeconds[stage] ?? 0)) * 1000) / ticks,
    ]),
  );
}

function valueOf(page: string, name: string): number {
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(page)?.[1] ?? Number.NaN);
}

function seriesOf(page: string, name: string, label: string): readonly (readonly [string, number])[] {
  const lines = page.matchAll(new RegExp(`^${name}\\{[^}]*\\b${label}="([^"]*)"[^}]*\\} (\\S+)$`, 'gm'));
  return [...lines].map(([, value = '', number = '']) => [value, Number(number)] as const);
}
