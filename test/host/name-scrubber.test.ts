import t from 'tap';
import { NameScrubber } from '../../host/name-scrubber.ts';
import { identifyCgroup } from '../../kernel/cgroup-path.ts';
import { fc } from '../support/properties.ts';

const id = '3a5f'.repeat(16);
const number = (digits: number, value = 1): string =>
  value.toString(16).padStart(12, '0').padEnd(digits, '0');

const rows: readonly (readonly [path: string, scrubbed: string])[] = [
  ['/', '/'],
  ['/kubepods/burstable', '/kubepods/burstable'],
  [
    `/kubepods/burstable/pod2d7c1f9e-0b1a-4c3d-8e5f-6a7b8c9d0e1f/${id}`,
    `/kubepods/burstable/pod00000000-0001-0000-0000-000000000000/${number(64, 2)}`,
  ],
  [`/kubepods/pod${'ab'.repeat(16)}/crio-${id}`, `/kubepods/pod${number(32)}/crio-${number(64, 2)}`],
  [
    `/kubepods.slice/kubepods-pod2d7c1f9e_0b1a_4c3d_8e5f_6a7b8c9d0e1f.slice/cri-containerd-${id}.scope`,
    `/kubepods.slice/kubepods-pod00000000_0001_0000_0000_000000000000.slice/cri-containerd-${number(64, 2)}.scope`,
  ],
  [`/docker/${id}/system.slice/nginx.service`, `/docker/${number(64)}/system.slice/name1.service`],
  [`/machine.slice/libpod-${id}.scope/container`, `/machine.slice/libpod-${number(64)}.scope/container`],
  [
    '/user.slice/user-1234.slice/user@1234.service/app.slice/my-web.service',
    '/user.slice/user-1.slice/user@1.service/app.slice/name2.service',
  ],
  ['/system.slice/getty@tty1.service', '/system.slice/name1.service'],
  ['/slurm_node17/uid_1000/job_99/step_batch/task_0', '/slurm_name1/uid_2/job_3/step_batch/task_0'],
  ['/system.slice/node17_slurmstepd.scope/job_99', '/system.slice/name1_slurmstepd.scope/job_2'],
  ['/slurm_s/uid_1000', '/slurm_name1/uid_2'],
  ['/podcafe/docker-cafe.scope', '/name1/name2.scope'],
  ['/default/web', '/default/name1'],
  ['/demo/victim/demo', '/name1/name2/name1'],
  ['/acme-kubepods.slice', '/name1-kubepods.slice'],
  ['/../sibling', '/../name1'],
];
for (const [path, scrubbed] of rows) {
  t.test(path, async (t) => {
    t.equal(new NameScrubber().scrubPath(path), scrubbed);
  });
}

t.test('the same name is the same everywhere, another one is another', async (t) => {
  const scrubber = new NameScrubber();
  t.equal(scrubber.scrubPath('/a/b'), '/name1/name2');
  t.equal(scrubber.scrubPath('/b/a.service'), '/name2/name1.service');
  t.equal(
    scrubber.scrubIds(`boot ${id} ${id} ${'c'.repeat(64)}`),
    `boot ${number(64)} ${number(64)} ${number(64, 2)}`,
  );
});

t.test('a scrubbed container is still one of the same kind', async (t) => {
  for (const [path] of rows) {
    t.equal(identifyCgroup(new NameScrubber().scrubPath(path))?.kind, identifyCgroup(path)?.kind, path);
  }
});

t.test('no personal name is left, and different paths stay different', async (t) => {
  const secret = fc.constantFrom('alice', 'acme', 'billing', 'project-x');
  const segment = fc.oneof(
    secret,
    secret.map((name) => `${name}.service`),
    secret.map((name) => `${name}.slice`),
    secret.map((name) => `${name}@${name}.service`),
    fc.constantFrom('docker', 'system.slice', 'kubepods', `docker-${id}.scope`),
  );
  fc.assert(
    fc.property(fc.array(fc.array(segment, { minLength: 1, maxLength: 4 }), { maxLength: 6 }), (paths) => {
      const scrubber = new NameScrubber();
      const originals = paths.map((segments) => `/${segments.join('/')}`);
      const scrubbed = originals.map((path) => scrubber.scrubPath(path));
      const isClean = scrubbed.every((path) => !/alice|acme|billing|project/.test(path));
      return isClean && new Set(scrubbed).size === new Set(originals).size;
    }),
  );
  t.pass('holds');
});
