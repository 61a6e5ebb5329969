import t from 'tap';
import { findContainer, likeness } from '../../../cli/explain/find-container.ts';
import { fc } from '../../support/properties.ts';
import { host, ledgerOf } from '../ledger-rows.ts';

const containers = [...host.containers, ledgerOf({ name: 'demo/victim-2' })];
const find = (wanted: string): unknown => {
  const finding = findContainer(wanted, containers);
  switch (finding.kind) {
    case 'found':
      return finding.container.path;
    case 'ambiguous':
      return finding.candidates.map(({ path }) => path);
    case 'none':
      return { near: finding.near.map(({ path }) => path) };
  }
};

t.test('from the strict to the lenient', async (t) => {
  const rows: readonly (readonly [wanted: string, found: unknown])[] = [
    ['/demo/victim', '/demo/victim'],
    ['demo/victim', '/demo/victim'],
    ['DEMO/Victim', '/demo/victim'],
    ['victim', '/demo/victim'],
    ['shop/web-5d9c7-x2x1p/nginx', '/kubepods/burstable/pod1/abc'],
    ['nginx', '/kubepods/burstable/pod1/abc'],
    ['web-5d9c7', '/kubepods/burstable/pod1/abc'],
    ['sshd', '/system.slice/sshd.service'],
    ['vict', ['/demo/victim', '/demo/victim-2']],
    ['demo/', ['/demo/neighbour', '/demo/victim', '/demo/throttled', '/demo/victim-2']],
    ['victum', { near: ['/demo/victim', '/demo/victim-2'] }],
    ['zzzz', { near: [] }],
  ];
  for (const [wanted, found] of rows) t.same(find(wanted), found, wanted);
});

t.test('likeness', async (t) => {
  t.equal(likeness('night', 'night'), 1);
  t.equal(likeness('night', 'nacht'), 0.25);
  t.equal(likeness('', ''), 0);
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const like = likeness(one, other);
      return like >= 0 && like <= 1 && like === likeness(other, one);
    }),
  );
});
