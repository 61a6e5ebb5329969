/** What stands between this process and the host, and what kind of machine it is. */
import { formatPercent } from '../../render/numbers.ts';
import { printable } from '../../render/words.ts';
import { type Examination } from '../examination.ts';
import { degraded, ok, type Finding } from '../finding.ts';

export function checkProcView({ facts }: Examination): readonly Finding[] {
  const check = 'hidepid';
  const { hidepid } = facts.mounts;
  if (hidepid === undefined) return [ok(check, 'procfs hides no process')];
  if (facts.process.capabilities.includes('CAP_SYS_PTRACE')) {
    return [ok(check, `hidepid=${hidepid}, and CAP_SYS_PTRACE sees through it`)];
  }
  return [
    degraded(
      check,
      `hidepid=${hidepid}`,
      "threads of other users' containers cannot be read",
      'remount procfs without hidepid, or run in the group of its gid= option',
    ),
  ];
}

export function checkNamespaces({ facts }: Examination): readonly Finding[] {
  const { ownPidNamespace, ownCgroupNamespace } = facts.process;
  return [
    ownPidNamespace
      ? degraded(
          'PID namespace',
          'its own',
          'threads of containers are seen only through a procfs of the host',
          "hostPID: true, or mount the host's /proc and give --proc",
        )
      : ok('PID namespace', "the host's"),
    ownCgroupNamespace
      ? degraded(
          'cgroup namespace',
          'its own',
          "only cgroups below its own are seen, unless the host's hierarchy is mounted",
          "mount the host's /sys/fs/cgroup and give --cgroup-root",
        )
      : ok('cgroup namespace', "the host's"),
  ];
}

export function checkTopology({ topology, machine }: Examination): readonly Finding[] {
  const { cpuModel, architecture, distribution, virtualization } = machine;
  const words = [cpuModel, architecture, distribution, virtualization].filter((word) => word !== undefined);
  return [
    ...(words.length === 0 ? [] : [ok('machine', words.map(printable).join(', '))]),
    ...(topology === undefined ? [] : [ok('topology', topology)]),
  ];
}

export function checkVirtual({ facts }: Examination): readonly Finding[] {
  const check = 'clock and steal';
  const { isVirtual, clocksource, stealShare } = facts.machine;
  const steal = `steal ${formatPercent(stealShare)} of all time since boot`;
  const found = `${isVirtual ? 'virtual machine' : 'no hypervisor seen'}, clock ${clocksource ?? 'unknown'}, ${steal}`;
  return (stealShare ?? 0) > 0.02
    ? [
        degraded(
          check,
          found,
          'the hypervisor takes CPU that looks used or lost here; it is shown as steal, not as a gap of the scheduler',
          'ask for CPUs that are not shared, or compare runs side by side',
        ),
      ]
    : [ok(check, found)];
}
