import t from 'tap';
import { spreadOf, type BenchSettings, type SizeCost } from '../../../bench/agent-cost/cost-result.ts';
import { formatCostTable, formatMarkdown, formatStageTable } from '../../../bench/agent-cost/cost-table.ts';

const settings: BenchSettings = {
  intervalSeconds: 2,
  warmUpTicks: 1,
  windows: 3,
  ticksPerWindow: 10,
  scrapes: 2,
};

const cost: SizeCost = {
  size: { pods: 1, containers: 2, threads: 3000, cpus: 4 },
  firstSampleMs: 512.3,
  peakResidentBytes: 9e7,
  loads: [
    {
      load: 'quiet',
      cpuMsPerTick: { median: 4, min: 3.5, max: 6 },
      statCpuMsPerTick: 4,
      stageMsPerTick: { 'read cgroups': 2.5, 'read threads': 0.001, derive: 1 },
      scrapeMs: { median: 5, min: 4, max: 12.25 },
      scrapeBytes: 423_000,
      scrapeCpuMs: 3,
      residentBytes: 88.4e6,
      openDescriptors: 900,
      stealCores: 0.02,
    },
  ],
};

t.test('the share of a core is the median over the interval', async (t) => {
  t.equal(
    formatCostTable([cost], settings),
    `\
| pods/containers/threads |  load |     CPU per tick | of a core |   RSS | scrape, median (max) |   page | first sample | steal |
| ----------------------- | ----: | ---------------: | --------: | ----: | -------------------: | -----: | -----------: | ----: |
| 1/2/3,000               | quiet | 4.0 ms (3.5-6.0) |    0.20 % | 88 MB |        5.0 (12.3) ms | 423 kB |       0.51 s |   2 % |
`,
  );
});

t.test('stages that cost nothing anywhere are left out', async (t) => {
  t.equal(
    formatStageTable([cost]),
    `\
| ms per tick  | 1/2/3,000 quiet |
| ------------ | --------------: |
| read cgroups |            2.50 |
| derive       |            1.00 |
`,
  );
});

t.test('a table is as wide as its widest cells', async (t) => {
  t.equal(
    formatMarkdown([
      ['a', 'b'],
      ['long', '1'],
    ]),
    '| a    |   b |\n| ---- | --: |\n| long |   1 |\n',
  );
});

t.test('the median of an even number of values lies between the middle two', async (t) => {
  t.same(spreadOf([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 });
  t.same(spreadOf([7]), { median: 7, min: 7, max: 7 });
});
