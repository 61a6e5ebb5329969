/** Plans of random machines, carried out on simulated cgroups, with everything going wrong that can. */
import t from 'tap';
import { applyPlan } from '../../../tuner/actuation/apply-plan.ts';
import { restore } from '../../../tuner/actuation/restore.ts';
import { viewAfter } from '../../../tuner/plan/view-after.ts';
import type { NodeView } from '../../../tuner/observation/node-view.ts';
import type { Plan } from '../../../tuner/plan/plan.ts';
import { planWrites } from '../../../tuner/plan/plan-writes.ts';
import { arbitraryNode, arbitraryWanted } from '../../support/arbitrary-node.ts';
import { readJournal } from '../../../tuner/state/journal.ts';
import { baselinesOf } from '../../../tuner/actuation/baselines.ts';
import { fc } from '../../support/properties.ts';
import { SimulatedCgroups, stateFolder } from '../../support/simulated-cgroups.ts';

const limits = { leastCpus: 1, mayPartition: true, greatestAgeSeconds: 30 };

const cases = arbitraryNode
  .chain((view) => fc.tuple(fc.constant(view), arbitraryWanted(view), arbitraryWanted(view)))
  .map(([view, first, second]) => ({
    view,
    first,
    second,
    plan: planWrites({ view, baseline: [], wanted: first, limits }),
  }))
  .filter(({ plan }) => plan.writes.length > 0);

const same = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  JSON.stringify([...a]) === JSON.stringify([...b]);

function expectSame(now: SimulatedCgroups, original: ReadonlyMap<string, string>, when: string): void {
  for (const [path, text] of now.texts()) {
    if (original.get(path) !== text)
      throw new Error(`${when}: ${path} holds ${text} and not ${original.get(path)!}`);
  }
  if (!same(now.texts(), original)) throw new Error(when);
}

async function applied(view: NodeView, plan: Plan): Promise<SimulatedCgroups> {
  const cgroups = new SimulatedCgroups(view);
  const result = await applyPlan(cgroups.host, plan, { apply: true });
  if (result.kind !== 'applied') throw new Error(JSON.stringify(result));
  return cgroups;
}

t.test(
  'a dry run changes nothing; apply writes it all, after the journal; restore gives it all back',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ view, plan }) => {
        const cgroups = new SimulatedCgroups(view);
        const original = cgroups.texts();
        const dry = await applyPlan(cgroups.host, plan, { apply: false });
        if (cgroups.changes > 0 || dry.kind !== 'dry_run')
          throw new Error(`a dry run wrote: ${JSON.stringify(dry)}`);
        const result = await applyPlan(cgroups.host, plan, { apply: true });
        if (result.kind !== 'applied' || result.writes.length !== dry.writes.length)
          throw new Error(JSON.stringify(result));
        const first = cgroups.log.findIndex((line) => line.startsWith('write /cg'));
        const journaled = cgroups.log.slice(0, first).map((line) => line.split(' ').slice(0, 2).join(' '));
        t.strictSame(journaled, [
          'create /state/journal.new',
          'write /state/journal.new',
          'sync /state/journal.new',
          'rename /state/journal.new',
          'sync /state',
        ]);
        const report = await restore(cgroups.host);
        if (report.kind !== 'restored' || !report.isComplete) throw new Error(JSON.stringify(report));
        expectSame(cgroups, original, 'after restore');
        return (await restore(cgroups.host)).kind === 'nothing_to_restore';
      }),
      { numRuns: 60 },
    );
  },
);

t.test('the loop: view, plan and journal alone lead back to the start', async (t) => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ view, plan, second }) => {
      const cgroups = await applied(view, plan);
      const original = new SimulatedCgroups(view).texts();
      let now = viewAfter(view, plan.writes);
      for (const wanted of [second, []]) {
        const baseline = baselinesOf(readJournal(stateFolder, cgroups)!);
        const next = planWrites({ view: now, baseline, wanted, limits });
        const result = await applyPlan(cgroups.host, next, { apply: true });
        if (result.kind !== 'applied' && result.kind !== 'unchanged') throw new Error(JSON.stringify(result));
        now = viewAfter(now, next.writes);
      }
      expectSame(cgroups, original, 'with nothing wanted');
      return true;
    }),
    { numRuns: 60 },
  );
  t.pass('holds');
});

t.test('killed at any change of a plan or of its restore: restore gives back every byte', async (t) => {
  await fc.assert(
    fc.asyncProperty(cases, fc.nat(10), async ({ view, plan }, other) => {
      const whole = await applied(view, plan);
      const original = new SimulatedCgroups(view).texts();
      for (let nth = 1; nth <= whole.changes; nth += 1) {
        const cgroups = new SimulatedCgroups(view);
        cgroups.failNth(nth, 'SIGKILL');
        await applyPlan(cgroups.host, plan, { apply: true });
        cgroups.restart();
        cgroups.failNth(1 + ((nth + other) % 11), 'SIGKILL');
        try {
          await restore(cgroups.host);
        } catch {
          // killed
        }
        cgroups.restart();
        const report = await restore(cgroups.host);
        if (report.kind === 'restored' && !report.isComplete) throw new Error(JSON.stringify(report));
        expectSame(cgroups, original, `killed at change ${nth}`);
      }
      return true;
    }),
    { numRuns: 40 },
  );
  t.pass('holds');
});

t.test('a change that fails: nothing was written, or all of it is taken back', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      cases,
      fc.constantFrom('EIO', 'ENOSPC', 'EROFS', 'EINVAL'),
      async ({ view, plan }, code) => {
        const whole = await applied(view, plan);
        const original = new SimulatedCgroups(view).texts();
        for (let nth = 1; nth <= whole.changes; nth += 1) {
          const cgroups = new SimulatedCgroups(view);
          cgroups.failNth(nth, code);
          const result = await applyPlan(cgroups.host, plan, { apply: true });
          if (result.kind === 'rolled_back' ? !result.isComplete : result.kind !== 'refused')
            throw new Error(JSON.stringify(result));
          expectSame(cgroups, original, `${code} at change ${nth}`);
        }
        return true;
      },
    ),
    { numRuns: 30 },
  );
  t.pass('holds');
});

t.test('plan after plan, killed in between: restore knows the first originals', async (t) => {
  await fc.assert(
    fc.asyncProperty(cases, fc.nat(40), async ({ view, plan, second }, nth) => {
      const cgroups = await applied(view, plan);
      const original = new SimulatedCgroups(view).texts();
      const next = planWrites({ view: viewAfter(view, plan.writes), baseline: [], wanted: second, limits });
      cgroups.failNth(nth, 'SIGKILL');
      await applyPlan(cgroups.host, next, { apply: true });
      cgroups.restart();
      const report = await restore(cgroups.host);
      if (report.kind !== 'restored' || !report.isComplete) throw new Error(JSON.stringify(report));
      expectSame(cgroups, original, 'after the second plan');
      return true;
    }),
    { numRuns: 60 },
  );
  t.pass('holds');
});
