/** What the kernel, the mounts and the other programs of a host are like: raw facts for the doctor, each looked at once. */
import { managerOfProcess, type ManagerFact } from './who-manages-cpus.ts';
import { parseMountinfo, type Mount } from '../kernel/mountinfo.ts';
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import { exists, listFolders, probedText, readLinkProbe, readProbe, type Probe } from './probe.ts';
import type { HostRoots } from './roots.ts';

export interface DoctorFacts {
  readonly kernelRelease: string | undefined;
  readonly process: ProcessFacts;
  readonly sources: SourceFacts;
  readonly mounts: MountFacts;
  readonly machine: MachineFacts;
  readonly managers: readonly ManagerFact[];
}

export interface ProcessFacts {
  /** Effective user id. */
  readonly uid: number;
  /** Names of the capabilities in force that matter here. */
  readonly capabilities: readonly string[];
  readonly ownPidNamespace: boolean;
  readonly ownCgroupNamespace: boolean;
  /** RLIMIT_NOFILE, soft. */
  readonly openFileLimit: number | undefined;
}

export type SourceState = 'ok' | 'absent' | 'denied' | 'failed';

export interface SourceFacts {
  readonly procStat: SourceState;
  readonly hostPressure: SourceState;
  /** Value of the boot parameter `psi`, when it is given. */
  readonly psiBootParameter: string | undefined;
  /** schedstat of this very thread. */
  readonly threadSchedstat: SourceState;
  readonly hostSchedstat: SourceState;
  /** kernel.sched_schedstats; undefined where the kernel has no such switch. */
  readonly schedstatsSwitch: boolean | undefined;
  readonly btf: boolean;
}

export interface MountFacts {
  /** Mount points below the cgroup root, with their controllers (none for v2). */
  readonly cgroups: readonly { readonly mountPoint: string; readonly controllers: readonly string[] }[];
  readonly bpffs: string | undefined;
  readonly tracefs: string | undefined;
  /** hidepid option of the procfs in use; undefined when it hides nothing. */
  readonly hidepid: string | undefined;
}

export interface MachineFacts {
  readonly isVirtual: boolean;
  readonly clocksource: string | undefined;
  /** Steal since boot as a part of all CPU time, 0..1; undefined when /proc/stat cannot be read. */
  readonly stealShare: number | undefined;
  /** CPUs kept from the scheduler's balancing: /sys/devices/system/cpu/isolated. */
  readonly isolatedCpus: string;
  /** Name of a loaded sched_ext scheduler. */
  readonly schedExt: string | undefined;
}

/** Gathers the facts below the roots. Throws nothing that a host can cause. */
export function readDoctorFacts(roots: HostRoots, calls: FileCalls = nodeFileCalls): DoctorFacts {
  const probe = (path: string): Probe => readProbe(path, calls);
  const mounts = readMounts(roots, probe);
  return {
    kernelRelease: probedText(probe(`${roots.proc}/sys/kernel/osrelease`)),
    process: readProcessFacts(probe, calls),
    sources: readSources(roots, probe, calls),
    mounts: describeMounts(mounts, roots),
    machine: readMachine(roots, probe),
    managers: findManagers(roots, calls),
  };
}

type ReadProbe = (path: string) => Probe;

const stateOf = (probe: Probe): SourceState => (probe.kind === 'text' ? 'ok' : probe.kind);

/** Numbers of the initial namespaces: include/linux/proc_ns.h. */
const initialPidNamespace = 'pid:[4026531836]';
const initialCgroupNamespace = 'cgroup:[4026531835]';

function readProcessFacts(probe: ReadProbe, calls: FileCalls): ProcessFacts {
  // This process's own view: always /proc, whatever procfs is being looked at.
  const status = probedText(probe('/proc/self/status')) ?? '';
  const limit = /^Max open files +([0-9]+)/m.exec(probedText(probe('/proc/self/limits')) ?? '')?.[1];
  const pid = readLinkProbe('/proc/self/ns/pid', calls);
  const cgroup = readLinkProbe('/proc/self/ns/cgroup', calls);
  return {
    uid: Number(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN),
    capabilities: capabilityNames(/^CapEff:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? '0'),
    ownPidNamespace: pid !== undefined && pid !== initialPidNamespace,
    ownCgroupNamespace: cgroup !== undefined && cgroup !== initialCgroupNamespace,
    openFileLimit: limit === undefined ? undefined : Number(limit),
  };
}

/** Numbers of include/uapi/linux/capability.h. */
const capabilityNumbers: Readonly<Record<string, bigint>> = {
  CAP_DAC_OVERRIDE: 1n,
  CAP_SYS_PTRACE: 19n,
  CAP_SYS_ADMIN: 21n,
  CAP_PERFMON: 38n,
  CAP_BPF: 39n,
};

function capabilityNames(hex: string): readonly string[] {
  const mask = BigInt(`0x${hex}`);
  return Object.keys(capabilityNumbers).filter((name) => (mask >> (capabilityNumbers[name] ?? 64n)) & 1n);
}

function readSources(roots: HostRoots, probe: ReadProbe, calls: FileCalls): SourceFacts {
  const commandLine = probedText(probe(`${roots.proc}/cmdline`)) ?? '';
  const schedstats = probedText(probe(`${roots.proc}/sys/kernel/sched_schedstats`));
  return {
    procStat: stateOf(probe(`${roots.proc}/stat`)),
    hostPressure: stateOf(probe(`${roots.proc}/pressure/cpu`)),
    psiBootParameter: /(?:^|\s)psi=(\S+)/.exec(commandLine)?.[1],
    threadSchedstat: stateOf(probe(`${roots.proc}/thread-self/schedstat`)),
    hostSchedstat: stateOf(probe(`${roots.proc}/schedstat`)),
    schedstatsSwitch: schedstats === undefined ? undefined : schedstats === '1',
    btf: exists(`${roots.sys}/kernel/btf/vmlinux`, calls),
  };
}

function readMounts(roots: HostRoots, probe: ReadProbe): readonly Mount[] {
  const path = `${roots.proc}/self/mountinfo`;
  const text = probedText(probe(path));
  if (text === undefined) return [];
  try {
    return parseMountinfo(text, path);
  } catch {
    return []; // a mount table that cannot be understood tells nothing; the cgroup reader reports it
  }
}

const cgroupSuperOptions = new Set(['rw', 'ro', 'nsdelegate', 'memory_recursiveprot', 'memory_localevents']);

function describeMounts(mounts: readonly Mount[], roots: HostRoots): MountFacts {
  const proc = mounts.findLast(({ fsType, mountPoint }) => fsType === 'proc' && mountPoint === roots.proc);
  const hidepid = proc?.superOptions
    .find((option) => option.startsWith('hidepid='))
    ?.slice('hidepid='.length);
  return {
    cgroups: mounts
      .filter(({ fsType, mountPoint }) => /^cgroup2?$/.test(fsType) && mountPoint.startsWith(roots.cgroup))
      .map(({ fsType, mountPoint, superOptions }) => ({
        mountPoint,
        controllers:
          fsType === 'cgroup2' ? [] : superOptions.filter((option) => !cgroupSuperOptions.has(option)),
      })),
    bpffs: mounts.find(({ fsType }) => fsType === 'bpf')?.mountPoint,
    tracefs: mounts.find(({ fsType }) => fsType === 'tracefs')?.mountPoint,
    hidepid: hidepid === '0' || hidepid === 'off' ? undefined : hidepid,
  };
}

function readMachine(roots: HostRoots, probe: ReadProbe): MachineFacts {
  const flags = /^flags\s*:.*$/m.exec(probedText(probe(`${roots.proc}/cpuinfo`)) ?? '')?.[0] ?? '';
  const vendor = probedText(probe(`${roots.sys}/class/dmi/id/sys_vendor`)) ?? '';
  const schedExt = probedText(probe(`${roots.sys}/kernel/sched_ext/root/ops`));
  return {
    isVirtual: / hypervisor( |$)/.test(flags) || /QEMU|VMware|Xen|Amazon EC2|Google|innotek/.test(vendor),
    clocksource: probedText(
      probe(`${roots.sys}/devices/system/clocksource/clocksource0/current_clocksource`),
    ),
    stealShare: stealShare(probedText(probe(`${roots.proc}/stat`))),
    isolatedCpus: probedText(probe(`${roots.sys}/devices/system/cpu/isolated`)) ?? '',
    schedExt: schedExt === '' ? undefined : schedExt,
  };
}

/** From the `cpu` line: user nice system idle iowait irq softirq steal (guest times are part of user and nice). */
function stealShare(text: string | undefined): number | undefined {
  const line = text === undefined ? undefined : /^cpu +(.*)$/m.exec(text)?.[1];
  if (line === undefined) return undefined;
  const times = line.split(' ').slice(0, 8).map(Number);
  const all = times.reduce((sum, ticks) => sum + ticks, 0);
  return all > 0 ? (times[7] ?? 0) / all : undefined;
}

/** Other managers of CPUs on this host, by their processes and by what is configured. */
export function findManagers(roots: HostRoots, calls: FileCalls = nodeFileCalls): readonly ManagerFact[] {
  const probe = (path: string): Probe => readProbe(path, calls);
  return [...findManagerProcesses(roots, calls), ...findManagerSettings(probe)];
}

function findManagerProcesses(roots: HostRoots, calls: FileCalls): readonly ManagerFact[] {
  return listFolders(roots.proc, calls)
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((pid) => {
      const name = managerOfProcess(probedText(readProbe(`${roots.proc}/${pid}/comm`, calls)) ?? '');
      return name === undefined ? [] : [{ name, evidence: `process ${pid}` }];
    });
}

const kubeletState = '/var/lib/kubelet/cpu_manager_state';
const systemdConfiguration = '/etc/systemd/system.conf';

function findManagerSettings(probe: ReadProbe): readonly ManagerFact[] {
  const policy = /"policyName":\s*"static"/.test(probedText(probe(kubeletState)) ?? '');
  const affinity = /^CPUAffinity=.+$/m.exec(probedText(probe(systemdConfiguration)) ?? '')?.[0];
  return [
    ...(policy
      ? [{ name: 'kubelet static CPU manager' as const, evidence: `${kubeletState} says policyName static` }]
      : []),
    ...(affinity === undefined
      ? []
      : [{ name: 'systemd CPUAffinity' as const, evidence: `${systemdConfiguration}: ${affinity}` }]),
  ];
}
