import t from 'tap';
import { identifyCgroup } from '../../../kernel/cgroup-path.ts';
import { parseCpuSet } from '../../../kernel/cpu-set.ts';
import type { ContainerIdentity } from '../../../kernel/sample.ts';
import {
  decideExclusion,
  manageEverything,
  managementRules,
  type ExclusionSubject,
  type ManagementRules,
} from '../../../tuner/observation/exclusions.ts';
import { podOfPath } from '../../../tuner/observation/pod-of-path.ts';

const pod = '/kubepods/pod11111111-1111-1111-1111-111111111111';
const path = `${pod}/${'a'.repeat(64)}`;
const sidecar = `${pod}/${'b'.repeat(64)}`;
const identity: ContainerIdentity = { ...identifyCgroup(path)!, name: 'shop/web' };
const web: ExclusionSubject = { path, identity, reservedCores: 2 };

const rows: readonly {
  readonly name: string;
  readonly subject: ExclusionSubject;
  readonly rules?: ManagementRules;
  readonly others?: readonly string[];
  readonly excluded: string | undefined;
}[] = [
  { name: 'a plain pod', subject: web, excluded: undefined },
  {
    name: 'the tuner itself',
    subject: web,
    rules: { ...manageEverything, ownPath: path },
    excluded: "the tuner's own pod",
  },
  {
    name: 'another container of its pod',
    subject: web,
    rules: { ...manageEverything, ownPath: sidecar },
    excluded: "the tuner's own pod",
  },
  {
    name: 'a cgroup namespace hides where the tuner is',
    subject: web,
    rules: { ...manageEverything, ownPath: '/' },
    excluded: undefined,
  },
  {
    name: 'opted out by name',
    subject: web,
    rules: managementRules([], ['shop/*']),
    excluded: 'its owner opted out',
  },
  {
    name: 'opted out by path',
    subject: web,
    rules: managementRules([], [`${pod}/**`]),
    excluded: 'its owner opted out',
  },
  { name: 'selected', subject: web, rules: managementRules(['shop/*'], []), excluded: undefined },
  { name: 'not selected', subject: web, rules: managementRules(['bank/*'], []), excluded: 'not selected' },
  {
    name: 'kube-system',
    subject: { ...web, identity: { ...identity, namespace: 'kube-system' } },
    excluded: 'a pod of kube-system',
  },
  {
    name: 'kube-system, told to',
    subject: { ...web, identity: { ...identity, namespace: 'kube-system' } },
    rules: { ...manageEverything, includeSystemPods: true },
    excluded: undefined,
  },
  {
    name: 'a static pod has the hash of its file for uid',
    subject: { ...web, identity: { ...identity, podUid: '0123456789abcdef0123456789abcdef' } },
    excluded: 'a static pod',
  },
  {
    name: 'a service of the system',
    subject: { path: '/system.slice/sshd.service', identity: { kind: 'systemd', name: 'sshd.service' } },
    excluded: 'a service of the system',
  },
  {
    name: 'a service for which somebody reserved CPU',
    subject: {
      path: '/system.slice/db.service',
      identity: { kind: 'systemd', name: 'db.service' },
      reservedCores: 1,
    },
    excluded: undefined,
  },
  {
    name: 'exclusive CPUs of the kubelet',
    subject: { ...web, originalCpus: parseCpuSet('2-3') },
    others: ['0-1,4-7', '0-1,4-7'],
    excluded: 'it holds CPUs 2-3 exclusively from the kubelet',
  },
  {
    name: 'as many CPUs, but shared',
    subject: { ...web, originalCpus: parseCpuSet('2-3') },
    others: ['0-7'],
    excluded: undefined,
  },
];

for (const { name, subject, rules = manageEverything, others = [], excluded } of rows) {
  t.test(name, async (t) => {
    const sets = others.map((text) => parseCpuSet(text));
    t.equal(decideExclusion(subject, sets, rules), excluded);
  });
}

t.test('the pod of a path', async (t) => {
  t.equal(podOfPath(path), pod);
  t.equal(podOfPath('/docker/' + 'a'.repeat(64)), undefined);
  t.equal(podOfPath('/demo/victim'), undefined);
});
