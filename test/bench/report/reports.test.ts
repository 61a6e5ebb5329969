/** Markdown, page, comparison and the file format, on one made-up result. */
import t from 'tap';
import { compareResults, formatComparison } from '../../../bench/report/compare.ts';
import { formatGap, formatInterval, formatTime, significant } from '../../../bench/report/format.ts';
import { formatMarkdown } from '../../../bench/report/markdown.ts';
import { formatPage } from '../../../bench/report/page.ts';
import { parseResult, ResultFormatError } from '../../../bench/report/parse-result.ts';
import { readUplot } from '../../../bench/report/uplot.ts';
import { fiveBlocks, resultLiteral, trialLiteral } from '../../support/bench-result-literal.ts';
import { fc } from '../../support/properties.ts';

const result = resultLiteral(fiveBlocks);

t.test('Markdown: a row per arm, the machine, the paper, and what was not tried', async (t) => {
  const text = formatMarkdown(result);
  t.match(
    text,
    /^\| idle_class \| 2\.4\d ms \[.*\] \| 5\.0\d \[.*\] \| 0\.50 \[.*\] \| 0\.20: sharing 90%, system 10% \| 0\.75 \[.*\] \| 5 \|$/m,
  );
  t.match(
    text,
    /2 CPUs, AMD EPYC; Linux 6\.18\.0, cgroup hybrid, Node v24\.0\.0, memcached 1\.6\.18; cpugap 0\.1\.0/,
  );
  t.match(text, /- quota was not tried: the victim has no quota\./);
  t.match(text, /up to 13\.7x/);
  t.match(text, /`cpugap bench run interactive-made-up`/);
});

t.test('the page stands alone, and what is in a result cannot become markup', async (t) => {
  const page = formatPage(result, readUplot());
  t.notMatch(page.replace(/<script>[^]*?<\/script>/g, ''), /(src|href)=/);
  t.match(page, /a server &lt;that&gt; was never there/);
  t.notMatch(page, /<that>/);
  t.equal(page.match(/class="curve"/g)?.length, 2);
  const evil = { ...result, command: '</script><script>alert(1)</script>' };
  t.notMatch(formatPage(evil, { script: '', style: '' }), /<script>alert/);
});

t.test('comparison', async (t) => {
  const faster = resultLiteral(
    fiveBlocks.map((each) =>
      each.arm === 'stock' ? trialLiteral('stock', each.block, 5 + each.block / 10) : each,
    ),
  );
  const changes = compareResults(result, faster).cells.map(({ arm, change }) => [arm, change]);
  t.same(changes, [
    ['solo', 'not shown'],
    ['stock', 'better'],
    ['idle_class', 'not shown'],
  ]);
  t.same(compareResults(faster, result).cells[1]?.change, 'worse');
  const elsewhere = { ...result, host: { ...result.host, cpuCount: 24 } };
  const comparison = compareResults(result, elsewhere);
  t.match(comparison.warnings, ['another number of CPUs: 2 and 24']);
  t.match(formatComparison(comparison, elsewhere), /^Not the same: .*\n\| scenario/);
});

t.test('a result survives its file, and other files are refused', async (t) => {
  t.same(parseResult(JSON.stringify(result), 'a.json'), result);
  for (const text of ['', '[]', '{}', 'null', '{"schema":"cpugap-bench","schemaVersion":99}']) {
    t.throws(() => parseResult(text, 'a.json'), ResultFormatError);
  }
});

t.test('numbers as text', async (t) => {
  const rows: readonly [text: string, expected: string][] = [
    [formatTime(0.000383), '383 us'],
    [formatTime(0.008479), '8.48 ms'],
    [formatTime(1.2), '1.20 s'],
    [significant(12_345), '12,345'],
    [significant(12.34), '12.3'],
    [formatInterval(undefined), '-'],
    [formatInterval({ estimate: 1, low: -Infinity, high: Infinity, count: 1 }), '1.00 [one trial]'],
    [
      formatGap(0.001, {
        throttled: 0,
        runqueue_sharing: 0.001,
        self: 0,
        system: 0,
        steal: 0,
        unexplained: 0,
      }),
      '0.00',
    ],
  ];
  for (const [text, expected] of rows) t.equal(text, expected);
  fc.assert(fc.property(fc.double(), (value) => significant(value).length > 0));
});
