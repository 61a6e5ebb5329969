import t from 'tap';
import { createEventHeap } from '../../../ledger/predict/event-heap.ts';
import { fc } from '../../support/properties.ts';

const steps = fc.array(fc.record({ slot: fc.nat(7), time: fc.option(fc.nat(20), { nil: undefined }) }), {
  maxLength: 60,
});

t.test('the first is always the earliest, of equals the one with the lowest slot', async () => {
  fc.assert(
    fc.property(steps, (all) => {
      const heap = createEventHeap(8);
      const times = new Map<number, number>();
      return all.every(({ slot, time }) => {
        if (time === undefined) {
          heap.remove(slot);
          times.delete(slot);
        } else {
          heap.set(slot, time);
          times.set(slot, time);
        }
        const [first] = [...times].sort(([a, x], [b, y]) => x - y || a - b);
        return heap.firstSlot() === (first?.[0] ?? -1) && heap.firstTime() === (first?.[1] ?? Infinity);
      });
    }),
  );
});
