import t from 'tap';
import { freeLabels, labelsFit, labelsKey, plainLabels } from '../../../agent/sampling/series-labels.ts';

const web = { namespace: undefined, pod: undefined, container: 'web' };

t.test('a pod has its names, everything else only what a person would call it', async (t) => {
  t.same(
    plainLabels({
      kind: 'kubernetes',
      name: 'shop/cart/app',
      namespace: 'shop',
      pod: 'cart',
      container: 'app',
    }),
    { namespace: 'shop', pod: 'cart', container: 'app' },
  );
  t.same(plainLabels({ kind: 'docker', name: 'web' }), web);
});

t.test('takes the smallest free number', async (t) => {
  const taken = new Set<string>();
  const names = Array.from({ length: 3 }, () => {
    const labels = freeLabels(web, (key) => taken.has(key));
    taken.add(labelsKey(labels));
    return labels.container;
  });
  t.same(names, ['web', 'web~2', 'web~3']);
  taken.delete(labelsKey({ ...web, container: 'web~2' }));
  t.equal(freeLabels(web, (key) => taken.has(key)).container, 'web~2');
});

t.test('the parts of a key cannot run together', async (t) => {
  t.not(
    labelsKey({ namespace: 'a', pod: undefined, container: 'b' }),
    labelsKey({ namespace: undefined, pod: 'a', container: 'b' }),
  );
});

t.test('knows whether labels still fit', async (t) => {
  const fit = (container: string, name: string): boolean =>
    labelsFit({ ...web, container }, { kind: 'docker', name });
  t.equal(fit('web', 'web'), true);
  t.equal(fit('web~2', 'web'), true);
  t.equal(fit('web~2', 'web~2'), true);
  t.equal(fit('web-2', 'web'), false);
  t.equal(fit('0a1b2c', 'web'), false);
  t.equal(labelsFit(web, { kind: 'kubernetes', name: 'web', pod: 'p', container: 'web' }), false);
});
