/** Reads every import of the product and fails on a breach of ARCHITECTURE.md, "Who may import whom". */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['kernel', 'ledger', 'host', 'agent', 'tuner', 'dashboards', 'bench', 'cli', 'test'];

/** Folder -> folders that it may import; itself is always allowed. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  ledger: ['kernel'],
  host: ['kernel'],
  agent: ['kernel', 'ledger', 'host'],
  tuner: ['kernel', 'ledger', 'host'],
  dashboards: ['agent/metrics/catalog.ts'],
  bench: ['kernel', 'ledger', 'host', 'tuner/plan', 'tuner/policy'],
  cli: ['kernel', 'ledger', 'host', 'agent', 'tuner', 'bench', 'dashboards'],
  test: folders,
};

/** Third-party package -> the files that import it, at most two outside tests. */
const packageHomes: Readonly<Record<string, readonly string[]>> = {
  commander: ['cli/'],
  fastify: ['agent/server/'],
  'prom-client': ['agent/metrics/'],
  systeminformation: ['host/host-facts.ts'],
  // Read as text, to stand inside a page.
  uplot: ['bench/report/uplot.ts'],
  yaml: ['host/reservation-entries.ts'],
};

interface Import {
  readonly from: string;
  readonly specifier: string;
}

const sources = folders.flatMap((folder) => {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|js|mjs)$/.test(file))
      .map((file) => join(folder, file));
  } catch {
    return [];
  }
});

const imports: readonly Import[] = sources.flatMap((from) =>
  ts
    .preProcessFile(readFileSync(join(root, from), 'utf8'), true, true)
    .importedFiles.map(({ fileName }) => ({ from, specifier: fileName })),
);

const isRelative = ({ specifier }: Import): boolean => specifier.startsWith('.');
const target = ({ from, specifier }: Import): string => normalize(join(dirname(from), specifier));
const folderOf = (file: string): string => file.split('/')[0] ?? '';

t.test('finds the sources', async (t) => {
  t.ok(sources.length > 10);
  t.ok(imports.length > 10);
});

t.test('every import stays within what its folder may import', async (t) => {
  const breaches = imports.filter(isRelative).filter((i) => {
    const [own, to] = [folderOf(i.from), target(i)];
    return folderOf(to) !== own && !(mayImport[own] ?? []).some((allowed) => to.startsWith(allowed));
  });
  t.same(breaches, []);
});

t.test('the pure folders import nothing of Node and no package', async (t) => {
  const breaches = imports.filter((i) => ['kernel', 'ledger'].includes(folderOf(i.from)) && !isRelative(i));
  t.same(breaches, []);
});

t.test('each third-party package lives in one or two files', async (t) => {
  const foreign = imports.filter(
    (i) => !isRelative(i) && !isBuiltin(i.specifier) && folderOf(i.from) !== 'test',
  );
  const strays = foreign.filter(
    (i) => !(packageHomes[i.specifier] ?? []).some((home) => i.from.startsWith(home)),
  );
  t.same(strays, []);
  for (const name of Object.keys(packageHomes)) {
    const files = new Set(foreign.filter((i) => i.specifier === name).map((i) => i.from));
    t.ok(files.size <= 2, `${name} is imported in ${[...files].join(', ')}`);
  }
});

t.test('tests take fast-check with its seed fixed', async (t) => {
  const homes = imports.filter(({ specifier }) => specifier === 'fast-check').map(({ from }) => from);
  t.same(homes, ['test/support/properties.ts']);
});

t.test('no cycles in the product', async (t) => {
  const graph = new Map<string, string[]>();
  for (const i of imports.filter((i) => isRelative(i) && folderOf(i.from) !== 'test'))
    graph.set(i.from, [...(graph.get(i.from) ?? []), target(i)]);
  const done = new Set<string>();
  const cycleFrom = (file: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = cycleFrom(next, [...trail, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  const cycles = sources.flatMap((file) => {
    const cycle = cycleFrom(file, []);
    return cycle ? [cycle.join(' -> ')] : [];
  });
  t.same(cycles, []);
});

t.test('no barrels and no shapeless names', async (t) => {
  const shapeless = /(^|[/-])(index|utils?|helpers?|common|misc|managers?|services?)(\.|[/-]|$)/;
  t.same(
    sources.filter((file) => shapeless.test(file)),
    [],
  );
});
