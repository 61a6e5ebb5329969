import t from 'tap';
import { filterContainers, rankContainers, type SortKey } from '../../cli/rank.ts';
import { host, ledgerOf } from './ledger-rows.ts';

const names = (key: SortKey): readonly string[] =>
  rankContainers(host.containers, key).map(({ identity }) => identity.name);

t.test('orders', async (t) => {
  t.same(names('gap'), ['demo/throttled', 'demo/victim', 'demo/neighbour', 'web', 'sshd.service']);
  t.same(names('used'), ['demo/victim', 'demo/neighbour', 'demo/throttled', 'web', 'sshd.service']);
  t.same(names('wait'), ['demo/neighbour', 'demo/victim', 'demo/throttled', 'web', 'sshd.service']);
  t.same(names('name'), ['demo/neighbour', 'demo/throttled', 'demo/victim', 'web', 'sshd.service']);
  t.same(names('phantom'), ['demo/victim', 'demo/neighbour', 'demo/throttled', 'web', 'sshd.service']);
});

t.test('differences that nobody sees do not move rows', async (t) => {
  const rows = [
    ledgerOf({ name: 'b', reserved: 1, received: 0.50004 }),
    ledgerOf({ name: 'a', reserved: 1, received: 0.50001 }),
  ];
  t.same(
    rankContainers(rows, 'used').map(({ identity }) => identity.name),
    ['a', 'b'],
  );
});

t.test('the filter looks at names and paths in any case', async (t) => {
  const found = (text: string): readonly string[] =>
    filterContainers(host.containers, text).map(({ identity }) => identity.name);
  t.same(found('DEMO/'), ['demo/neighbour', 'demo/victim', 'demo/throttled']);
  t.same(found('nginx'), ['web']);
  t.same(found('burstable'), ['web']);
  t.same(found('nobody'), []);
  t.equal(found('').length, 5);
});
