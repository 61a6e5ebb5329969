/**
 * Whole hosts as text (test/captures) against reviewed ledgers and metrics pages (test/golden): from the kernel's files to
 * the page in one go. Captures are of real hosts, except those named `handwritten`. `UPDATE_GOLDEN=1 tap FILE` writes what comes out, for review.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { MetricsPage } from '../agent/metrics/exposition.ts';
import { Observer, type Observation } from '../agent/sampling/observer.ts';
import { formatJson } from '../cli/render/json.ts';
import { unpackCapture } from '../host/captured-host.ts';
import { SampleReader } from '../host/sample-reader.ts';
import { golden } from './support/golden.ts';
import { agentStatus } from './support/metrics-view-literal.ts';

const captures = fileURLToPath(new URL('captures', import.meta.url));
const names = readdirSync(captures).filter((name) => name.endsWith('.capture'));

/** What the last of a capture's readings shows, by the code that reads a live host. */
function observe(name: string, folder: string): Observation {
  const observer = new Observer({ maxContainers: 1000 });
  for (const { roots, clock, calls } of unpackCapture(readFileSync(join(captures, name), 'utf8'), folder)) {
    const reader = new SampleReader({ roots, clock, calls });
    // What reading costs is no part of the captured host.
    const sample = reader.read(() => true);
    observer.observe({ ...sample, collectors: sample.collectors.map((c) => ({ ...c, durationNs: 0 })) });
    reader.close();
  }
  if (!observer.latest) throw new Error(`${name} holds no reading`);
  return observer.latest;
}

t.test('there are captured hosts', async (t) => {
  t.ok(names.length > 0);
});

for (const name of names) {
  const host = name.replace('.capture', '');
  t.test(`${host}: the ledger is the golden one`, async (t) => {
    const { ledger } = observe(name, join(t.testdir(), 'host'));
    const lines = (ledger?.containers ?? []).map(formatJson).join('');
    t.not(lines, '');
    t.equal(lines, golden(`captured-hosts/${host}.ledger.jsonl`, lines));
  });

  t.test(`${host}: the metrics page is the golden one, and promtool accepts it`, async (t) => {
    const observation = observe(name, join(t.testdir(), 'host'));
    const page = await new MetricsPage().render({ node: 'node-1', observation, agent: agentStatus });
    const text = page.toString();
    t.equal(text, golden(`captured-hosts/${host}.metrics.txt`, text));
    const check = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    if (check.error && process.env['CI'] !== 'true') {
      t.comment('promtool is not installed (Debian package prometheus); with CI=true this is a failure');
      return;
    }
    t.equal(check.error, undefined);
    t.equal(check.stdout + check.stderr, '');
  });
}
