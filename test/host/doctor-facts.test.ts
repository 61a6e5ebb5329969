import t from 'tap';
import { readDoctorFacts } from '../../host/doctor-facts.ts';
import { nodeFileCalls, type FileCalls } from '../../host/file-calls.ts';

const procStat = 'cpu  100 0 100 700 0 0 0 100 0 0\ncpu0 100 0 100 700 0 0 0 100 0 0\n';

t.test('a host with everything', async (t) => {
  const root = t.testdir({
    proc: {
      cmdline: 'BOOT_IMAGE=/vmlinuz psi=1 quiet\n',
      cpuinfo: 'processor : 0\nflags\t\t: fpu hypervisor sse\n',
      schedstat: 'version 17\n',
      stat: procStat,
      pressure: { cpu: 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n' },
      'thread-self': { schedstat: '1 2 3\n' },
      self: { mountinfo: '1 0 0:1 / ROOT/proc rw - proc proc rw,hidepid=invisible\n' },
      sys: { kernel: { osrelease: '6.18.1\n', sched_schedstats: '1\n' } },
      4711: { comm: 'kubelet\n' },
      4712: { comm: 'bash\n' },
      4713: { comm: 'koordlet\n' },
    },
    sys: {
      kernel: { btf: { vmlinux: '' }, sched_ext: { root: { ops: 'rusty\n' } } },
      devices: {
        system: {
          cpu: { isolated: '2-3\n' },
          clocksource: { clocksource0: { current_clocksource: 'kvm-clock\n' } },
        },
      },
    },
  });
  const roots = { proc: `${root}/proc`, sys: `${root}/sys`, cgroup: `${root}/cgroup` };
  const mounts = [
    `1 0 0:1 / ${root}/proc rw - proc proc rw,hidepid=invisible`,
    `2 0 0:2 / ${root}/cgroup/cpu rw - cgroup cgroup rw,cpu`,
    `3 0 0:3 / ${root}/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate`,
    '4 0 0:4 / /sys/fs/bpf rw - bpf bpf rw',
    '5 0 0:5 / /elsewhere/cgroup rw - cgroup cgroup rw,memory',
  ];
  const facts = readDoctorFacts(roots, withText(`${root}/proc/self/mountinfo`, `${mounts.join('\n')}\n`));
  t.match(facts, {
    kernelRelease: '6.18.1',
    sources: {
      procStat: 'ok',
      hostPressure: 'ok',
      psiBootParameter: '1',
      threadSchedstat: 'ok',
      hostSchedstat: 'ok',
      schedstatsSwitch: true,
      btf: true,
    },
    machine: {
      isVirtual: true,
      clocksource: 'kvm-clock',
      stealShare: 0.1,
      isolatedCpus: '2-3',
      schedExt: 'rusty',
    },
  });
  t.same(facts.mounts, {
    cgroups: [
      { mountPoint: `${root}/cgroup/cpu`, controllers: ['cpu'] },
      { mountPoint: `${root}/cgroup/unified`, controllers: [] },
    ],
    bpffs: '/sys/fs/bpf',
    tracefs: undefined,
    hidepid: 'invisible',
  });
  t.same(
    facts.managers.filter(({ evidence }) => evidence.startsWith('process')),
    [
      { name: 'kubelet', evidence: 'process 4711' },
      { name: 'koordlet', evidence: 'process 4713' },
    ],
  );
});

t.test('a host with nothing, and one that refuses', async (t) => {
  const empty = t.testdir({});
  const roots = { proc: `${empty}/proc`, sys: `${empty}/sys`, cgroup: `${empty}/cgroup` };
  t.match(readDoctorFacts(roots), {
    kernelRelease: undefined,
    sources: { procStat: 'absent', hostPressure: 'absent', threadSchedstat: 'absent', btf: false },
    mounts: { cgroups: [], bpffs: undefined, hidepid: undefined },
    machine: { isVirtual: false, clocksource: undefined, stealShare: undefined, isolatedCpus: '' },
  });
  const refusing: FileCalls = {
    ...nodeFileCalls,
    open: fail('EACCES'),
    stat: fail('EACCES'),
    list: fail('EIO'),
    link: fail('EPERM'),
  };
  t.match(readDoctorFacts(roots, refusing), {
    sources: { procStat: 'denied', hostPressure: 'denied', btf: false },
    managers: [],
  });
  t.match(readDoctorFacts(roots, { ...nodeFileCalls, open: fail('EIO') }), {
    sources: { procStat: 'failed' },
  });
});

t.test('this process', async (t) => {
  const { process: own } = readDoctorFacts({ proc: '/proc', sys: '/sys', cgroup: '/sys/fs/cgroup' });
  t.equal(own.uid, process.geteuid?.());
  t.ok((own.openFileLimit ?? 0) > 0);
});

function fail(code: string): () => never {
  return () => {
    throw Object.assign(new Error(code), { code });
  };
}

/** Reads one file as another text, since a mount table names real folders. */
function withText(path: string, text: string): FileCalls {
  const opened = new Map<number, Buffer>();
  return {
    ...nodeFileCalls,
    open: (wanted) => {
      const fd = nodeFileCalls.open(wanted);
      if (wanted === path) opened.set(fd, Buffer.from(text));
      return fd;
    },
    read: (fd, into, offset, length, position) => {
      const replaced = opened.get(fd);
      if (replaced === undefined) return nodeFileCalls.read(fd, into, offset, length, position);
      return replaced.copy(into, offset, position, Math.min(replaced.length, position + length));
    },
    close: (fd) => {
      opened.delete(fd);
      nodeFileCalls.close(fd);
    },
  };
}
