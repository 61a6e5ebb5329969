/**
 * CPU pressure of one group as kernel/sched/psi.c computes it. Per CPU the group is `some` while more of its threads
 * are queued there than run, `full` while threads are queued and none runs, `nonidle` while any is queued; throttled
 * threads count as queued. On each collection the time since the last one is averaged over CPUs, each weighted by its
 * non-idle time in whole jiffies. Collections: every read, and about every 2 s while the group is not idle.
 */
interface CpuPressure {
  some: number;
  full: number;
  nonidle: number;
}

const collectionPeriodNs = (jiffyNs: number): number => Math.ceil(2e9 / jiffyNs) * jiffyNs + jiffyNs;

export class GroupPressure {
  someNs = 0;
  fullNs = 0;
  /** When the periodic collection is due; Infinity while it is switched off. */
  dueAt = Infinity;
  private readonly cpus: CpuPressure[];
  private readonly jiffyNs: number;
  private readonly periodNs: number;
  private nextUpdate: number;

  constructor(cpuCount: number, jiffyNs: number) {
    this.cpus = Array.from({ length: cpuCount }, () => ({ some: 0, full: 0, nonidle: 0 }));
    this.jiffyNs = jiffyNs;
    this.periodNs = collectionPeriodNs(jiffyNs);
    this.nextUpdate = this.periodNs;
  }

  /** `queued` threads of the group sat on `cpu` for `ns`, one of them running if `running`. */
  advance(cpu: number, queued: number, running: boolean, ns: number): void {
    if (queued === 0) return;
    const times = this.cpus[cpu]!;
    times.nonidle += ns;
    if (queued > (running ? 1 : 0)) times.some += ns;
    if (!running) times.full += ns;
  }

  /** A thread of the group changed state: starts the periodic collection when it was off. */
  wakeClock(now: number): void {
    if (this.dueAt === Infinity) this.dueAt = now + this.periodNs;
  }

  collectPeriodically(now: number): void {
    const nonidle = this.collect();
    this.updateAverages(now);
    const jiffies = Math.floor((this.nextUpdate - now) / this.jiffyNs) + 1;
    this.dueAt = nonidle ? now + jiffies * this.jiffyNs : Infinity;
  }

  read(now: number): { someNs: number; fullNs: number } {
    this.collect();
    this.updateAverages(now);
    return { someNs: Math.floor(this.someNs / 1000) * 1000, fullNs: Math.floor(this.fullNs / 1000) * 1000 };
  }

  private updateAverages(now: number): void {
    if (now < this.nextUpdate) return;
    const missed = Math.floor((now - this.nextUpdate) / this.periodNs);
    this.nextUpdate += (1 + missed) * this.periodNs;
  }

  /** Whether any CPU was non-idle since the last collection. */
  private collect(): boolean {
    let jiffiesTotal = 0;
    let some = 0;
    let full = 0;
    let nonidle = false;
    for (const times of this.cpus) {
      const jiffies = Math.floor(times.nonidle / this.jiffyNs);
      nonidle ||= times.nonidle > 0;
      jiffiesTotal += jiffies;
      some += times.some * jiffies;
      full += times.full * jiffies;
      times.some = times.full = times.nonidle = 0;
    }
    this.someNs += Math.floor(some / Math.max(jiffiesTotal, 1));
    this.fullNs += Math.floor(full / Math.max(jiffiesTotal, 1));
    return nonidle;
  }
}
