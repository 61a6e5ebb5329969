import { readFileSync } from 'node:fs';
import t from 'tap';
import { catalog } from '../../../agent/metrics/catalog.ts';
import { formatMetricsDocument } from '../../../agent/metrics/metrics-document.ts';

t.test('docs/metrics.md is up to date (npm run docs:metrics writes it)', async (t) => {
  const committed = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
  t.equal(committed, formatMetricsDocument());
});

t.test('every metric has one row', async (t) => {
  const document = formatMetricsDocument();
  for (const { name } of catalog) t.equal(document.split(`\n| \`${name}\` |`).length, 2, name);
});
