import t from 'tap';
import { TurnList, type TurnMember } from '../../host/turn-list.ts';
import { fc } from '../support/properties.ts';

interface Named extends TurnMember {
  readonly name: string;
}
const named = (name: string): Named => ({ name, slot: -1 });

t.test('everybody has a turn', async (t) => {
  const list = new TurnList<Named>();
  for (const name of ['a', 'b', 'c']) list.add(named(name));
  const turns = Array.from({ length: 6 }, () => list.findNext(1, () => true)?.name);
  t.strictSame(turns, ['b', 'c', 'a', 'b', 'c', 'a']);
  t.equal(
    list.findNext(2, ({ name }) => name === 'a'),
    undefined,
    'looks no further than it may',
  );
  t.equal(
    list.findNext(9, ({ name }) => name === 'x'),
    undefined,
    'and at nobody twice',
  );
});

t.test('holds exactly what was added and not removed', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9))), (steps) => {
      const list = new TurnList<Named>();
      const inside = new Map<number, Named>();
      for (const [isAdding, key] of steps) {
        const member = inside.get(key);
        if (isAdding && !member) {
          const fresh = named(`${key}`);
          inside.set(key, fresh);
          list.add(fresh);
        } else if (!isAdding && member) {
          inside.delete(key);
          list.remove(member);
        }
        list.findNext(1, () => false);
      }
      const seen = new Set(Array.from({ length: list.length }, () => list.findNext(1, () => true)?.name));
      return seen.size === inside.size && [...inside.values()].every(({ name }) => seen.has(name));
    }),
  );
  t.pass('holds');
});
