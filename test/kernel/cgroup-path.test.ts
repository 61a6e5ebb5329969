import t from 'tap';
import { identifyCgroup } from '../../kernel/cgroup-path.ts';
import { fc } from '../support/properties.ts';

const id = '3a5f'.repeat(16);
const other = 'c0de'.repeat(16);
const uid = '2d7c1f9e-0b1a-4c3d-8e5f-6a7b8c9d0e1f';
const uidInSlice = uid.replaceAll('-', '_');
const hash = '0123456789abcdef0123456789abcdef';

const short = id.slice(0, 12);
const podContainer = {
  kind: 'kubernetes',
  name: `2d7c1f9e/${short}`,
  podUid: uid,
  containerId: id,
} as const;
const runtime = (kind: string, name = kind) => ({ kind, name: short, containerId: id, runtime: name });
const service = (name: string) => ({ kind: 'systemd', name });

type Expected = Readonly<Record<string, unknown>> | undefined;
const rows: readonly (readonly [why: string, path: string, expected: Expected])[] = [
  // Kubernetes, cgroupfs driver
  ['cgroupfs guaranteed', `/kubepods/pod${uid}/${id}`, { ...podContainer, qosClass: 'Guaranteed' }],
  ['cgroupfs burstable', `/kubepods/burstable/pod${uid}/${id}`, { ...podContainer, qosClass: 'Burstable' }],
  [
    'cgroupfs best effort',
    `/kubepods/besteffort/pod${uid}/${id}`,
    { ...podContainer, qosClass: 'BestEffort' },
  ],
  [
    'cgroupfs CRI-O',
    `/kubepods/burstable/pod${uid}/crio-${id}`,
    { ...podContainer, qosClass: 'Burstable', runtime: 'cri-o' },
  ],
  [
    'static pod',
    `/kubepods/burstable/pod${hash}/${id}`,
    { ...podContainer, name: `01234567/${short}`, podUid: hash, qosClass: 'Burstable' },
  ],
  ['the pod itself', `/kubepods/burstable/pod${uid}`, undefined],
  ['a QoS class', '/kubepods/burstable', undefined],
  ['kubepods', '/kubepods', undefined],
  ['below a pod container', `/kubepods/burstable/pod${uid}/${id}/init`, undefined],
  ['a pod of nobody', `/pod${uid}/x`, undefined],

  // Kubernetes, systemd driver
  [
    'systemd guaranteed containerd',
    `/kubepods.slice/kubepods-pod${uidInSlice}.slice/cri-containerd-${id}.scope`,
    { ...podContainer, qosClass: 'Guaranteed', runtime: 'containerd' },
  ],
  [
    'systemd burstable CRI-O',
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uidInSlice}.slice/crio-${id}.scope`,
    { ...podContainer, qosClass: 'Burstable', runtime: 'cri-o' },
  ],
  [
    'systemd best effort Docker',
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uidInSlice}.slice/docker-${id}.scope`,
    { ...podContainer, qosClass: 'BestEffort', runtime: 'docker' },
  ],
  [
    'conmon is no container',
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uidInSlice}.slice/crio-conmon-${id}.scope`,
    undefined,
  ],
  [
    'crun payload below the scope',
    `/kubepods.slice/kubepods-pod${uidInSlice}.slice/crio-${id}.scope/container`,
    undefined,
  ],
  ['the pod slice', `/kubepods.slice/kubepods-pod${uidInSlice}.slice`, undefined],
  [
    'cgroupfs runtime below a systemd kubelet',
    `/system.slice/containerd.service/kubepods-burstable-pod${uidInSlice}.slice:cri-containerd:${id}`,
    { ...podContainer, qosClass: 'Burstable', runtime: 'containerd' },
  ],

  // kind and other nested kubelets
  [
    'kind, cgroupfs',
    `/kubelet/kubepods/burstable/pod${uid}/${id}`,
    { ...podContainer, qosClass: 'Burstable' },
  ],
  [
    'kind seen from the host, cgroupfs',
    `/docker/${other}/kubelet/kubepods/besteffort/pod${uid}/${id}`,
    { ...podContainer, qosClass: 'BestEffort' },
  ],
  [
    'kind, systemd',
    `/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod${uidInSlice}.slice/cri-containerd-${id}.scope`,
    { ...podContainer, qosClass: 'Burstable', runtime: 'containerd' },
  ],
  [
    'kind seen from the host, systemd',
    `/system.slice/docker-${other}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${uidInSlice}.slice/cri-containerd-${id}.scope`,
    { ...podContainer, qosClass: 'Guaranteed', runtime: 'containerd' },
  ],
  [
    'a kubelet in a pod of a kubelet: the innermost',
    `/kubepods/podabc/${other}/kubelet/kubepods/pod${uid}/${id}`,
    { ...podContainer, qosClass: 'Guaranteed' },
  ],
  ['a kind node, as far as its own path tells', `/docker/${id}`, runtime('docker')],
  ['a service of a kind node', `/docker/${other}/system.slice/containerd.service`, undefined],

  // Docker
  ['Docker cgroupfs', `/docker/${id}`, runtime('docker')],
  ['Docker systemd', `/system.slice/docker-${id}.scope`, runtime('docker')],
  [
    'rootless Docker',
    `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${id}.scope`,
    runtime('docker'),
  ],
  ['ECS task', `/ecs/0123abcd/${id}`, runtime('docker')],
  ['systemd in Docker', `/docker/${id}/system.slice/nginx.service`, undefined],
  ['Docker in Docker', `/docker/${other}/docker/${id}`, undefined],
  ['the docker folder', '/docker', undefined],

  // containerd
  ['ctr', '/default/web', { kind: 'containerd', name: 'web', containerId: 'web', runtime: 'containerd' }],
  ['nerdctl cgroupfs', `/default/${id}`, runtime('containerd')],
  ['nerdctl in a namespace of its own', `/team-a/${id}`, runtime('containerd')],
  ['nerdctl systemd', `/system.slice/nerdctl-${id}.scope`, runtime('containerd')],
  ['crictl without a parent', `/k8s.io/${id}`, runtime('containerd')],
  ['a containerd namespace', '/default', undefined],
  ['below a ctr container', '/default/web/child', undefined],

  // CRI-O, Podman
  ['CRI-O alone', `/system.slice/crio-${id}.scope`, runtime('cri-o')],
  ['CRI-O conmon', `/system.slice/crio-conmon-${id}.scope`, undefined],
  ['Podman', `/machine.slice/libpod-${id}.scope`, runtime('podman')],
  ['Podman payload', `/machine.slice/libpod-${id}.scope/container`, undefined],
  ['Podman conmon', `/machine.slice/libpod-conmon-${id}.scope`, undefined],
  ['Podman pod', `/machine.slice/machine-libpod_pod_${other}.slice/libpod-${id}.scope`, runtime('podman')],
  ['Podman cgroupfs', `/libpod_parent/libpod-${id}`, runtime('podman')],
  [
    'rootless Podman',
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope`,
    runtime('podman'),
  ],
  ['Podman split cgroups: the service', `/system.slice/web.service/libpod-payload-${id}`, undefined],

  // systemd
  ['service', '/system.slice/nginx.service', service('nginx.service')],
  ['template instance', '/system.slice/system-getty.slice/getty@tty1.service', service('getty@tty1.service')],
  [
    'escaped name',
    String.raw`/system.slice/system-systemd\x2dfsck.slice/systemd-fsck@dev-disk-by\x2dlabel.service`,
    service('systemd-fsck@dev-disk-by-label.service'),
  ],
  ['escaped UTF-8', String.raw`/system.slice/caf\xc3\xa9.service`, service('café.service')],
  ['escaped nonsense', String.raw`/system.slice/caf\xc3.service`, service(String.raw`caf\xc3.service`)],
  ['delegated child', '/system.slice/nginx.service/workers', undefined],
  ['service at the root', '/solo.service', service('solo.service')],
  [
    'user service',
    '/user.slice/user-1000.slice/user@1000.service/app.slice/web.service',
    service('web.service'),
  ],
  [
    'user service without a slice',
    '/user.slice/user-1000.slice/user@1000.service/web.service',
    service('web.service'),
  ],
  ["the user's systemd", '/user.slice/user-1000.slice/user@1000.service', undefined],
  ['a session', '/user.slice/user-1000.slice/session-2.scope', undefined],
  ['a slice', '/system.slice', undefined],
  ['init', '/init.scope', undefined],
  ['a machine', '/machine.slice/systemd-nspawn@web.service', service('systemd-nspawn@web.service')],
  ['in a machine', '/machine.slice/systemd-nspawn@web.service/payload/system.slice/x.service', undefined],

  // Slurm: the job
  ['Slurm v1', '/slurm/uid_1000/job_123', { kind: 'slurm', name: 'job_123' }],
  ['Slurm v1, several slurmd', '/slurm_node1/uid_1000/job_123', { kind: 'slurm', name: 'job_123' }],
  ['Slurm v1 step', '/slurm/uid_1000/job_123/step_batch', undefined],
  ['Slurm v1 task', '/slurm/uid_1000/job_123/step_0/task_0', undefined],
  ['Slurm v1 user', '/slurm/uid_1000', undefined],
  ['Slurm v2', '/system.slice/slurmstepd.scope/job_123', { kind: 'slurm', name: 'job_123' }],
  [
    'Slurm v2, several slurmd',
    '/system.slice/node1_slurmstepd.scope/job_7',
    { kind: 'slurm', name: 'job_7' },
  ],
  ['Slurm v2 task', '/system.slice/slurmstepd.scope/job_123/step_0/user/task_0', undefined],
  ['Slurm v2 system', '/system.slice/slurmstepd.scope/system', undefined],
  ['Apptainer in a Slurm job', '/slurm/uid_1/job_1/step_0/apptainer-12.scope', undefined],

  // Apptainer
  ['Apptainer cgroupfs', '/apptainer/4711', { kind: 'apptainer', name: 'apptainer-4711' }],
  ['Apptainer systemd', '/system.slice/apptainer-4711.scope', { kind: 'apptainer', name: 'apptainer-4711' }],
  [
    'rootless Singularity',
    '/user.slice/user-1000.slice/user@1000.service/user.slice/singularity-4711.scope',
    { kind: 'apptainer', name: 'singularity-4711' },
  ],

  // Nobody
  ['a plain cgroup', '/demo/victim', undefined],
  ['the root', '/', undefined],
  ['nothing', '', undefined],
  ['relative', 'docker/x', undefined],
];

for (const [why, path, expected] of rows) {
  t.test(`${why}: ${path}`, async (t) => {
    t.strictSame(identifyCgroup(path), expected);
  });
}

t.test(
  'any text is answered, and at most one level of a path counts where no kubelet is nested',
  async (t) => {
    const segment = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'docker',
        id,
        'system.slice',
        'x.service',
        `docker-${id}.scope`,
        'slurm',
        'uid_1',
        'job_1',
      ),
      fc.constantFrom('user@1.service', 'default', 'apptainer', '12', 'container', `libpod-${id}.scope`),
    );
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 8 }), (segments) => {
        const paths = segments.map((_, at) => `/${segments.slice(0, at + 1).join('/')}`);
        return paths.filter((path) => identifyCgroup(path) !== undefined).length <= 1;
      }),
    );
    t.pass('holds');
  },
);
