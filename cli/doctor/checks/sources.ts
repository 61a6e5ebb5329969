/** Which kernel files and programs the numbers can rest on. */
import type { SourceState } from '../../../host/doctor-facts.ts';
import { counted, listed } from '../../render/words.ts';
import { sampleOf, type Examination } from '../examination.ts';
import { degraded, essential, missing, ok, type Finding } from '../finding.ts';

const stateWords: Readonly<Record<SourceState, string>> = {
  ok: 'readable',
  absent: 'not there',
  denied: 'not permitted',
  failed: 'reading fails',
};

export function checkProcStat({ facts }: Examination): readonly Finding[] {
  const check = 'idle and steal of CPUs';
  return facts.sources.procStat === 'ok'
    ? [ok(check, '/proc/stat, in steps of 10 ms')]
    : [
        missing(
          check,
          stateWords[facts.sources.procStat],
          'phantom time cannot be told from taken time',
          'mount procfs, or give --proc',
        ),
      ];
}

/** Without either of two sources it is unknown whether anybody waits. */
export function checkDemand({ facts }: Examination): readonly Finding[] {
  const { hostPressure, threadSchedstat } = facts.sources;
  if (hostPressure === 'ok' || threadSchedstat === 'ok') return [];
  return [
    essential(
      missing(
        'waiting',
        'neither PSI nor schedstat of threads',
        'whether a container wanted more than it got cannot be told',
        'boot with psi=1, or use a kernel with CONFIG_SCHED_INFO',
      ),
    ),
  ];
}

export function checkHostPressure({ facts }: Examination): readonly Finding[] {
  const check = 'PSI';
  const { hostPressure, psiBootParameter } = facts.sources;
  const boot = psiBootParameter === undefined ? '' : ` (boot parameter psi=${psiBootParameter})`;
  if (hostPressure === 'ok') return [ok(check, `on${boot}`)];
  return [
    degraded(
      check,
      hostPressure === 'absent' ? `off, or not compiled in${boot}` : stateWords[hostPressure],
      'bounds are wider, and threads of every container under its reservation must be read, which costs more',
      hostPressure === 'absent' ? 'boot with psi=1' : 'let this user read /proc/pressure/cpu',
    ),
  ];
}

export function checkContainerPressure({ facts, sample }: Examination): readonly Finding[] {
  const summary = sampleOf(sample);
  if (summary === undefined || summary.containerCount === 0 || facts.sources.hostPressure !== 'ok') return [];
  const check = 'PSI of containers';
  const found = `${summary.withPressure} of ${summary.containerCount}`;
  if (summary.withPressure === summary.containerCount) return [ok(check, found)];
  const reason =
    summary.cgroupVersion === 'v2'
      ? 'write 1 to cgroup.pressure where it was switched off'
      : 'give the processes a cgroup of the same path in the version 2 hierarchy, where PSI lives, or boot with version 2 only';
  return [
    degraded(
      check,
      found,
      'for the others waiting is known from thread counters alone: wider bounds',
      reason,
    ),
  ];
}

export function checkThreads({ facts, sample }: Examination): readonly Finding[] {
  const check = 'schedstat of threads';
  const state = facts.sources.threadSchedstat;
  if (state !== 'ok') {
    return [
      degraded(
        check,
        stateWords[state],
        'waiting is known from PSI alone: wider bounds, no wait per timeslice',
        'use a kernel with CONFIG_SCHED_INFO',
      ),
    ];
  }
  const summary = sampleOf(sample);
  if (summary !== undefined && summary.threadsUnread > 0 && summary.threadCount === 0) {
    return [
      degraded(
        check,
        `none of ${counted(summary.threadsUnread, 'thread')} of containers`,
        'waiting is known from PSI alone: wider bounds, no wait per timeslice',
        'share the PID namespace of the host, or mount its /proc and give --proc',
      ),
    ];
  }
  return [
    ok(
      check,
      summary === undefined || summary.threadCount === 0
        ? 'readable'
        : `${counted(summary.threadCount, 'thread')} of containers read`,
    ),
  ];
}

export function checkHostSchedstat({ facts }: Examination): readonly Finding[] {
  const check = 'runqueues of CPUs';
  if (facts.sources.hostSchedstat === 'ok') {
    return facts.sources.schedstatsSwitch === false
      ? [ok(check, '/proc/schedstat; kernel.sched_schedstats is 0, which costs nothing here')]
      : [ok(check, '/proc/schedstat')];
  }
  return [ok(check, '/proc/schedstat is not there (no CONFIG_SCHEDSTATS); nothing in the ledger needs it')];
}

export function checkCpuset({ sample }: Examination): readonly Finding[] {
  const summary = sampleOf(sample);
  if (summary === undefined || summary.containerCount === 0) return [];
  const check = 'cpuset of containers';
  const found = `${summary.withCpuset} of ${summary.containerCount}`;
  return summary.withCpuset === summary.containerCount
    ? [ok(check, found)]
    : [
        degraded(
          check,
          found,
          'for the others all CPUs are taken to be allowed: phantom time may be too large',
          'enable the cpuset controller (cgroup.subtree_control) down to the containers',
        ),
      ];
}

export function checkThrottlingSource({ sample }: Examination): readonly Finding[] {
  const summary = sampleOf(sample);
  if (summary === undefined || summary.containerCount === 0) return [];
  const check = "throttling by a parent's quota";
  return summary.withThrottledSelf > 0
    ? [ok(check, 'cpu.stat.local')]
    : [
        degraded(
          check,
          'cpu.stat.local is not there',
          "a parent's throttling is estimated from the parent's own counters",
          'use Linux 6.6 or newer',
        ),
      ];
}

/** Features of newer kernels that only matter where somebody uses them. */
export function checkKnobs({ sample }: Examination): readonly Finding[] {
  const summary = sampleOf(sample);
  if (summary === undefined || summary.containerCount === 0) return [];
  const knobs: readonly (readonly [string, number, string])[] = [
    ['cpu.idle', summary.withIdle, 'Linux 5.15'],
    ['burst counters', summary.withBurst, 'Linux 5.14'],
    ['weights', summary.withWeight, 'the cpu controller'],
  ];
  const have = knobs.filter(([, count]) => count > 0).map(([name]) => name);
  const lack = knobs.filter(([, count]) => count === 0).map(([name, , since]) => `${name} (${since})`);
  const check = 'settings of containers';
  return lack.length === 0
    ? [ok(check, listed(have))]
    : [degraded(check, have.length === 0 ? 'none' : listed(have), `not there: ${listed(lack)}`)];
}

export function checkExactSource({ facts, exact }: Examination): readonly Finding[] {
  const check = 'exact source (BPF)';
  if (exact.kind === 'counted') return [ok(check, 'in use: the programs are loaded and can be read')];
  const { capabilities } = facts.process;
  const lacks = [
    ...(facts.sources.btf ? [] : ['BTF of the kernel (CONFIG_DEBUG_INFO_BTF)']),
    ...(facts.mounts.bpffs === undefined ? ['a mounted bpffs'] : []),
    ...(['CAP_BPF', 'CAP_PERFMON'].every(
      (name) => capabilities.includes(name) || capabilities.includes('CAP_SYS_ADMIN'),
    )
      ? []
      : ['CAP_BPF and CAP_PERFMON for its loader']),
  ];
  if (lacks.length === 0) {
    return [ok(check, `possible here and not in use: ${exact.reason}`)];
  }
  return [
    degraded(
      check,
      `not possible: lacks ${listed(lacks)}`,
      'gaps come with bounds instead of exact',
      facts.mounts.bpffs === undefined ? 'run mount -t bpf bpf /sys/fs/bpf' : undefined,
    ),
  ];
}
