import t from 'tap';
import {
  arrayOf,
  bigCounter,
  columnOf,
  flag,
  objectOf,
  oneOf,
  optional,
  text,
  variantOf,
  whole,
  withRule,
  wordOr,
  type Shape,
} from '../../kernel/json-shape.ts';

function refusalAt(shape: Shape<unknown>, json: unknown): string {
  try {
    shape.decode(json, '', (at, expected, found) => {
      throw new Error(`${at}: ${expected}: ${found}`);
    });
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

function roundTrip<T>(shape: Shape<T>, value: T): T {
  return shape.decode(JSON.parse(JSON.stringify(shape.encode(value))), '', (at, expected, found) => {
    throw new Error(`${at}: ${expected}: ${found}`);
  });
}

interface Leaf {
  readonly kind: 'leaf';
  readonly size?: bigint;
}
interface Twig {
  readonly kind: 'twig';
  readonly leaves: readonly Leaf[];
}
const leaf = objectOf<Leaf>({ kind: oneOf('leaf'), size: optional(bigCounter(10n ** 30n)) });
const twig = objectOf<Twig>({ kind: oneOf('twig'), leaves: arrayOf(leaf) });
const part = variantOf<Leaf | Twig>({ leaf, twig });

t.test('round trips', async (t) => {
  const value: Twig = { kind: 'twig', leaves: [{ kind: 'leaf' }, { kind: 'leaf', size: 10n ** 29n }] };
  t.strictSame(roundTrip(part, value), value);
  t.strictSame(part.encode({ kind: 'leaf', size: 5n }), { kind: 'leaf', size: 5 });
  t.strictSame(roundTrip(wordOr('max', whole()), 'max'), 'max');
  t.strictSame(roundTrip(wordOr('max', whole()), 5), 5);
  t.strictSame(roundTrip(flag, false), false);
  const set = columnOf(text, (values) => new Set(values));
  t.strictSame(roundTrip(set, new Set(['a', 'b'])), new Set(['a', 'b']));
});

t.test('says where, what and what instead', async (t) => {
  const even = withRule(whole(), (value) => (value % 2 === 0 ? undefined : 'an even number'));
  const rows: [shape: Shape<unknown>, json: unknown, message: string][] = [
    [part, { kind: 'tree' }, '.kind: one of leaf, twig: tree'],
    [part, {}, '.kind: one of leaf, twig: nothing'],
    [
      part,
      { kind: 'twig', leaves: [{ kind: 'leaf' }, { kind: 'leaf', size: -1 }] },
      `.leaves[1].size: a counter from 0 to ${10n ** 30n}, as a whole number or a string of digits: -1`,
    ],
    [
      part,
      { kind: 'leaf', size: null },
      `.size: a counter from 0 to ${10n ** 30n}, as a whole number or a string of digits: null`,
    ],
    [part, null, ': an object: null'],
    [arrayOf(even), [0, 2, 3], '[2]: an even number: 3'],
    [wordOr('max', whole(1)), 'min', ': "max" or a whole number from 1 to 9007199254740991: min'],
    [text, undefined, ': a string: nothing'],
    [flag, 'yes', ': true or false: yes'],
  ];
  for (const [shape, json, message] of rows) t.equal(refusalAt(shape, json), message);
});
