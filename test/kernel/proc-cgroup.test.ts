import t from 'tap';
import { parseProcCgroup, type ProcCgroupEntry } from '../../kernel/proc-cgroup.ts';
import { refusalOf } from '../support/refusal.ts';

t.test('parses every hierarchy', async (t) => {
  const rows: [name: string, line: string, expected: ProcCgroupEntry][] = [
    ['unified', '0::/', { hierarchyId: 0, controllers: [], path: '/' }],
    ['named', '9:name=systemd:/', { hierarchyId: 9, controllers: ['name=systemd'], path: '/' }],
    ['two', '2:cpu,cpuacct:/a', { hierarchyId: 2, controllers: ['cpu', 'cpuacct'], path: '/a' }],
    [
      'a colon in the path',
      '0::/system.slice/containerd.service/kubepods-burstable-pod1.slice:cri-containerd:0f',
      {
        hierarchyId: 0,
        controllers: [],
        path: '/system.slice/containerd.service/kubepods-burstable-pod1.slice:cri-containerd:0f',
      },
    ],
    ['a colon before a slash in it', '1:cpu:/a:/b', { hierarchyId: 1, controllers: ['cpu'], path: '/a:/b' }],
    ['above the namespace', '0::/../x', { hierarchyId: 0, controllers: [], path: '/../x' }],
    ['removed', '0::/a (deleted)', { hierarchyId: 0, controllers: [], path: '/a (deleted)' }],
  ];
  for (const [name, line, expected] of rows)
    t.strictSame(parseProcCgroup(`${line}\n`, 'p'), [expected], name);
  t.strictSame(
    parseProcCgroup(rows.map(([, line]) => `${line}\n`).join(''), 'p'),
    rows.map(([, , expected]) => expected),
  );
  t.strictSame(parseProcCgroup('', 'p'), []);
});

t.test('refuses other shapes', async (t) => {
  const shape = '"ID:CONTROLLERS:/PATH"';
  const rows: [text: string, line: number, expected: string, found: string][] = [
    ['\n', 1, shape, ''],
    ['0::/\n1:cpu\n', 2, shape, '1:cpu'],
    ['1:cpu:a\n', 1, shape, '1:cpu:a'],
    ['1:cpu:a:/b\n', 1, shape, '1:cpu:a:/b'],
    [':cpu:/\n', 1, 'a whole number from 0 to 9007199254740991', ''],
    ['x:cpu:/\n', 1, 'a whole number from 0 to 9007199254740991', 'x'],
  ];
  for (const [text, line, expected, found] of rows) {
    t.strictSame(
      refusalOf(() => parseProcCgroup(text, 'p')),
      { path: 'p', line, expected, found },
      JSON.stringify(text),
    );
  }
});
