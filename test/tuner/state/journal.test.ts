/** The journal: what it keeps, and that no damage to it goes unseen. */
import t from 'tap';
import { applyPlan } from '../../../tuner/actuation/apply-plan.ts';
import { restore } from '../../../tuner/actuation/restore.ts';
import {
  isOwnText,
  withIntents,
  type JournalDocument,
  type JournalEntry,
} from '../../../tuner/state/journal-entry.ts';
import { formatJournal, JournalFormatError, parseJournal } from '../../../tuner/state/journal-format.ts';
import { readJournal } from '../../../tuner/state/journal.ts';
import { topologyOf } from '../../support/arbitrary-node.ts';
import { fc } from '../../support/properties.ts';
import { SimulatedCgroups } from '../../support/simulated-cgroups.ts';
import type { NodeView } from '../../../tuner/observation/node-view.ts';
import { emptyCpuSet } from '../../../kernel/cpu-set.ts';

const entry: JournalEntry = {
  controller: 'cpu',
  path: '/k/p',
  file: 'cpu.shares',
  cgroupId: 7n,
  inode: 2n ** 60n,
  original: '512\n',
  ours: ['700'],
};
const journal: JournalDocument = { bootId: 'this-boot', cgroupVersion: 'v1', entries: [entry] };

t.test('comes back as it was written, whatever bytes stood in the file', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const original = Buffer.from(bytes).toString('latin1');
      const document = { ...journal, entries: [{ ...entry, original }] };
      t.strictSame(parseJournal(Buffer.from(formatJournal(document))), document);
    }),
    { numRuns: 30 },
  );
});

const text = formatJournal(journal);

t.test('cut at any byte, or any bit of it turned: refused', async (t) => {
  const whole = Buffer.from(text);
  const isRefused = (bytes: Buffer): boolean => {
    try {
      parseJournal(bytes);
      return false;
    } catch (error) {
      return error instanceof JournalFormatError;
    }
  };
  const missed: string[] = [];
  for (let at = 0; at < whole.length; at += 1) {
    if (!isRefused(whole.subarray(0, at))) missed.push(`cut at ${at}`);
    for (let bit = 0; bit < 8; bit += 1) {
      const turned = Buffer.from(whole);
      turned[at]! ^= 1 << bit;
      if (!isRefused(turned)) missed.push(`bit ${bit} of byte ${at}`);
    }
  }
  if (!isRefused(Buffer.concat([whole, Buffer.from('\n')]))) missed.push('one more line');
  t.strictSame(missed, []);
});

t.test('a document that the checksum fits and that is none', async (t) => {
  const rows: readonly (readonly [JournalDocument, RegExp])[] = [
    [{ ...journal, entries: [{ ...entry, path: '/../etc' }] }, /path of a cgroup/],
    [{ ...journal, entries: [{ ...entry, file: 'cgroup.procs' }] }, /one of cpu.weight/],
    [{ ...journal, cgroupVersion: 'v3' as never }, /one of v1/],
  ];
  for (const [document, message] of rows) {
    t.throws(() => parseJournal(Buffer.from(formatJournal(document))), {
      name: 'JournalFormatError',
      message,
    });
  }
});

t.test('the first original of a file stays; that of another inode takes its place', async (t) => {
  const [known] = withIntents(journal, [{ ...entry, original: '700\n', ours: ['900'] }]).entries;
  t.strictSame(known, { ...entry, ours: ['700', '900'] });
  const other = { ...entry, inode: 9n, original: '1024\n', ours: ['900'] };
  t.strictSame(withIntents(journal, [other]).entries, [other]);
  const many = Array.from({ length: 20 }, (_, at) => ({ ...entry, ours: [`${at}`] }));
  const [long] = many.reduce((document, each) => withIntents(document, [each]), journal).entries;
  t.equal(long!.ours.length, 12);
  t.ok(isOwnText(long!, '19\n'));
  t.notOk(isOwnText(long!, '5\n'));
});

const view: NodeView = {
  cgroupVersion: 'v1',
  topology: topologyOf(2, 1, 1),
  reservedCpus: emptyCpuSet,
  managedRoot: '/k',
  groups: [
    { path: '/k', cgroupId: 1n },
    { path: '/k/p', cgroupId: 2n, weight: { kind: 'shares', shares: 512 }, idle: false },
    { path: '/k/q', cgroupId: 3n, weight: { kind: 'shares', shares: 600 }, idle: false },
  ],
  containers: [],
  wallTimeMs: 0,
  ageSeconds: 0,
};
const shares = (value: number) => ({ knob: 'weight', weight: { kind: 'shares', shares: value } }) as const;
const write = (path: string, cgroupId: bigint, from: number, to: number) => ({
  path,
  cgroupId,
  from: shares(from),
  to: shares(to),
  rung: 'weights' as const,
  onBehalfOf: path,
  reason: 'r',
});
const plan = { writes: [write('/k/p', 2n, 512, 700), write('/k/q', 3n, 600, 800)], refused: [] };

t.test('with a damaged journal nothing is written, and the remedy is named', async (t) => {
  const cgroups = new SimulatedCgroups(view, new Map([['/state/journal', text.slice(0, 40)]]));
  await t.rejects(restore(cgroups.host), {
    name: 'JournalError',
    kind: 'damaged',
    message: /\/state\/journal: the journal is damaged: .+ Nothing was written\. Put a good copy/,
  });
  t.match(await applyPlan(cgroups.host, plan, { apply: true }), { kind: 'refused', why: /damaged/ });
  t.equal(cgroups.changes, 0);
});

t.test('after a boot the journal is void', async (t) => {
  const cgroups = new SimulatedCgroups(view, new Map([['/state/journal', text.replace('x', 'x')]]));
  t.strictSame(await restore({ ...cgroups.host, bootId: 'next-boot' }), {
    kind: 'void_after_boot',
    files: 1,
  });
  t.equal(readJournal('/state', cgroups), undefined);
});

t.test('what happened to each file since is told', async (t) => {
  const cgroups = new SimulatedCgroups(view);
  const applied = async (): Promise<void> => {
    t.match(await applyPlan(cgroups.host, plan, { apply: true }), { kind: 'applied' });
  };
  const outcomes = async (force = false): Promise<unknown> => {
    const report = await restore(cgroups.host, { force });
    return report.kind === 'restored' ? report.files.map(({ outcome }) => outcome) : report.kind;
  };
  await applied();
  cgroups.model.write('/k/p', shares(999));
  cgroups.model.write('/k/q', shares(600));
  t.strictSame(await outcomes(), ['changed_by_other', 'already_original']);
  t.strictSame(await outcomes(), ['changed_by_other'], 'it stays in the journal');
  t.strictSame(await outcomes(true), ['restored']);
  t.strictSame(await outcomes(), 'nothing_to_restore');
  await applied();
  cgroups.recreateCgroup('/k/p');
  cgroups.removeCgroup('/k/q');
  t.strictSame(await outcomes(), ['recreated', 'gone']);
  t.equal(cgroups.texts().get('/cg/cpu/k/p/cpu.shares'), '700\n', 'left alone');
});

t.test('what is not as it was observed is refused before anything is written', async (t) => {
  const rows: readonly (readonly [change: (cgroups: SimulatedCgroups) => void, why: RegExp])[] = [
    [(c) => c.model.write('/k/q', shares(999)), /has shares 999 and not shares 600 as it was observed/],
    [
      (c) => {
        c.recreateCgroup('/k/q');
      },
      /\/k\/q was re-created/,
    ],
    [
      (c) => {
        c.removeCgroup('/k/q');
      },
      /\/k\/q is gone/,
    ],
  ];
  for (const [change, why] of rows) {
    const cgroups = new SimulatedCgroups(view);
    change(cgroups);
    t.match(await applyPlan(cgroups.host, plan, { apply: true }), { kind: 'refused', why });
    t.equal(cgroups.changes, 0);
  }
});

t.test('told to stop, or a value of ours overwritten on the way: taken back', async (t) => {
  const stopped = new SimulatedCgroups(view);
  const stop = new AbortController();
  stopped.beforeWrite = () => {
    stop.abort();
  };
  t.match(await applyPlan(stopped.host, plan, { apply: true, signal: stop.signal }), {
    kind: 'rolled_back',
    why: 'it was told to stop',
    isComplete: true,
  });
  t.equal(stopped.texts().get('/cg/cpu/k/p/cpu.shares'), '512\n');

  const meddled = new SimulatedCgroups(view);
  meddled.beforeWrite = (path) => {
    if (!path.includes('/k/q/')) return;
    meddled.model.write('/k/p', shares(999));
    meddled.removeCgroup('/k/q');
  };
  t.match(await applyPlan(meddled.host, plan, { apply: true }), {
    kind: 'rolled_back',
    isComplete: false,
    at: { path: '/k/q' },
    undone: [
      { path: '/k/q', outcome: 'gone' },
      { path: '/k/p', outcome: 'changed_by_other' },
    ],
  });
});
