import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { MetricsPage, metricsContentType } from '../../../agent/metrics/exposition.ts';
import { golden, goldenPath } from '../../support/golden.ts';
import { agentStatus, metricsView } from '../../support/metrics-view-literal.ts';

const render = async (view = metricsView()): Promise<string> =>
  (await new MetricsPage().render(view)).toString();

/** Name and labels of every sample line. */
function seriesOf(page: string): readonly string[] {
  return page
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')));
}

t.test('is the golden page', async (t) => {
  const page = await render();
  t.equal(page, golden('metrics-page.txt', page));
  t.equal(metricsContentType, 'text/plain; version=0.0.4; charset=utf-8');
});

const promtoolMissing = spawnSync('promtool', ['--version']).error !== undefined;
const skip =
  promtoolMissing && process.env['CI'] !== 'true'
    ? 'promtool is not installed (Debian package prometheus); with CI=true this is a failure'
    : false;

t.test('the golden page passes promtool', { skip }, async (t) => {
  const input = readFileSync(goldenPath('metrics-page.txt'));
  const check = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
  t.equal(check.error, undefined);
  t.equal(check.stdout + check.stderr, '');
  t.equal(check.status, 0);
});

t.test('no series twice, HELP and TYPE once and before their series', async (t) => {
  const page = await render();
  const series = seriesOf(page);
  t.same(
    series.filter((name, i) => series.indexOf(name) !== i),
    [],
  );
  const heads = page.split('\n').filter((line) => line.startsWith('# TYPE'));
  t.equal(new Set(heads).size, heads.length);
  for (const head of heads) {
    const [, , name = '', type] = head.split(' ');
    const expected = name.endsWith('_total') ? 'counter' : 'gauge';
    t.ok(type === expected || type === 'histogram', name);
    const first = type === 'histogram' ? `${name}_bucket` : name;
    t.ok(page.includes(`${head}\n${first}{`), `${name} has a series under its head`);
  }
});

t.test('before the first sample there is a page, with the agent on it and no containers', async (t) => {
  const page = await render({ node: 'node-1', observation: undefined, agent: agentStatus });
  t.match(page, /^cpugap_agent_ticks_total\{node="node-1"\} 3$/m);
  t.notMatch(page, /cpugap_container|cpugap_node|cpugap_collector|spilled/);
});

t.test('what is absent is absent', async (t) => {
  const page = await render();
  t.notMatch(page, /gap_seconds_total\{container="sshd.service"/);
  t.notMatch(page, /cpugap_container_reserved_cores\{container="gone"/);
  t.match(page, /cpugap_container_usage_seconds_total\{container="gone",node="node-1"\} 1\.25/);
  t.notMatch(page, /recording_bytes/);
  t.match(
    await render({ ...metricsView(), agent: { ...agentStatus, recordingBytes: 0 } }),
    /cpugap_agent_recording_bytes_total\{node="node-1"\} 0/,
  );
});

t.test('one page per tick, however often it is asked for', async (t) => {
  const page = new MetricsPage();
  const view = metricsView();
  const first = await page.render(view);
  t.equal(await page.render(view), first);
  t.same(await Promise.all([page.render(view), page.render(view)]), [first, first]);
  const later = await page.render({ ...view, agent: { ...agentStatus, ticks: 4, failedTicks: 2 } });
  t.match(later.toString(), /cpugap_agent_failed_ticks_total\{node="node-1"\} 2/);
  t.match(
    first.toString(),
    /cpugap_agent_failed_ticks_total\{node="node-1"\} 1/,
    'an answer on its way stays whole',
  );
});

t.test('a page may be much larger than the one before', async (t) => {
  const page = new MetricsPage();
  const agent = agentStatus;
  await page.render({ node: 'n', observation: undefined, agent });
  const node = 'ü'.repeat(5000);
  const large = await page.render({ ...metricsView(), node, agent: { ...agent, ticks: 4 } });
  t.equal(large.toString(), await render({ ...metricsView(), node, agent: { ...agent, ticks: 4 } }));
  t.ok(large.length > 1e6);
});
