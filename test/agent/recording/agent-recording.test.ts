import { join } from 'node:path';
import t from 'tap';
import { AgentRecording } from '../../../agent/recording/agent-recording.ts';
import type { RecordingOptions } from '../../../agent/recording/recording-writer.ts';
import { RecordingReader } from '../../../agent/recording/recording-reader.ts';
import { createLog, type Log } from '../../../agent/log.ts';
import { samplePair } from '../../support/sample-pair.ts';

const header: RecordingOptions['header'] = {
  format: 'cpugap-recording',
  formatVersion: 1,
  cpugapVersion: '0.1.0',
  node: 'node-1',
  intervalMs: 1000,
  startedWallTimeMs: 0,
};
const [sample] = samplePair({ cpus: [[1, 0]], containers: [] });

function logTo(lines: string[]): Log {
  return createLog('text', { wallTimeMs: () => 0 }, (line) => lines.push(line));
}

t.test('ends at its limit, and the agent goes on', async (t) => {
  const lines: string[] = [];
  const path = join(t.testdir(), 'r.jsonl');
  const recording = await AgentRecording.open({ path, header, maxBytes: 1 }, logTo(lines));
  await recording.write(sample);
  const { bytes } = recording;
  await recording.write(sample);
  await recording.close();
  t.ok(recording.bytes >= bytes);
  const reader = await RecordingReader.open(path);
  const samples = [];
  for await (const whole of reader.samples()) samples.push(whole);
  t.same(reader.ending, { samples: 1 });
  t.match(lines[1], /info the recording ends: it reached its size path=.* samples=1 bytes=\d+\n/);
  t.equal(lines.length, 2);
});

t.test('ends with the agent', async (t) => {
  const lines: string[] = [];
  const recording = await AgentRecording.open(
    { path: join(t.testdir(), 'r.jsonl.gz'), header },
    logTo(lines),
  );
  await recording.write(sample);
  await recording.close();
  await recording.close();
  t.match(lines[1], /the recording ends: the agent stops/);
});
