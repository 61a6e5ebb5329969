/**
 * What the files of the made-up host say after so many rounds. Every text keeps its length from round to round, so a
 * file is brought forward by one write in place and a reader never meets an empty one.
 */

/** How far the host has moved: `rounds` of one second each, in `waitingRounds` of which every thread waited. */
export interface HostProgress {
  readonly rounds: number;
  readonly waitingRounds: number;
}

const usecPerSecond = 1_000_000;

/**
 * Each container uses 5 % of a CPU, and twice that while it waits; the counters look like those of a month's uptime.
 * Periods are counted only where there is a quota.
 */
export function cpuStatText(hasQuota: boolean, { rounds, waitingRounds }: HostProgress): string {
  const usageUsec = 300_000_000_000 + 50_000 * (rounds + waitingRounds);
  return [
    `usage_usec ${usageUsec}`,
    `user_usec ${usageUsec - 100_000_000_000}`,
    'system_usec 100000000000',
    'nice_usec 0',
    'core_sched.force_idle_usec 0',
    `nr_periods ${hasQuota ? 20_000_000 + 10 * rounds : 0}`,
    `nr_throttled ${hasQuota ? 1000 : 0}`,
    `throttled_usec ${hasQuota ? 50_000_000 : 0}`,
    'nr_bursts 0',
    'burst_usec 0',
    '',
  ].join('\n');
}

/** Pressure of a fifth of the time while everybody waits, none else. */
export function pressureText({ waitingRounds }: HostProgress): string {
  const someUsec = 20_000_000_000 + (usecPerSecond / 5) * waitingRounds;
  const fullUsec = 10_000_000_000 + (usecPerSecond / 10) * waitingRounds;
  return (
    `some avg10=0.00 avg60=0.00 avg300=0.00 total=${someUsec}\n` +
    `full avg10=0.00 avg60=0.00 avg300=0.00 total=${fullUsec}\n`
  );
}

/** Threads run 5 ms and wait 3 ms, ten times each, per round of waiting. */
export function threadSchedstatText(tid: number, { waitingRounds }: HostProgress): string {
  const runNs = 2_000_000_000_000 + tid * 1_000_000 + 5_000_000 * waitingRounds;
  const waitNs = 100_000_000_000 + tid * 10_000 + 3_000_000 * waitingRounds;
  return `${runNs} ${waitNs} ${1_000_000 + tid + 10 * waitingRounds}\n`;
}

export function procStatText(cpus: number, { rounds }: HostProgress): string {
  const times = (cores: number): string =>
    [70, 0, 20, 8, 0, 1, 1, 0, 0, 0].map((part) => cores * part * (1_000_000 + rounds)).join(' ');
  const lines = Array.from({ length: cpus }, (_, cpu) => `cpu${cpu} ${times(1)}`);
  return [`cpu  ${times(cpus)}`, ...lines, `intr ${'0 '.repeat(200)}0`, 'ctxt 1000000000', ''].join('\n');
}

/** Version 15, without the domain lines, which are skipped anyway. */
export function procSchedstatText(cpus: number, { rounds }: HostProgress): string {
  const runNs = 2_000_000_000_000_000 + 900_000_000 * rounds;
  const lines = Array.from(
    { length: cpus },
    (_, cpu) => `cpu${cpu} 0 0 0 0 0 0 ${runNs} 90000000000000 5000000000`,
  );
  return ['version 15', 'timestamp 4300000000', ...lines, ''].join('\n');
}
