import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openDemoPrograms } from '../../../cli/demo/demo-programs.ts';
import { bpfFile, recordWords } from '../../support/bpf-files.ts';

t.test('programs that are pinned are used as they are', async (t) => {
  const pins = t.testdir();
  for (const file of ['cpus', 'cgroups', 'pairs', 'health', 'tasks'] as const) {
    writeFileSync(join(pins, file), bpfFile(file, [Array.from({ length: recordWords(file) }, () => 0n)]));
  }
  const programs = openDemoPrograms({ pins, loader: '/nonexistent' });
  t.equal(programs.reader?.folder, pins);
  t.equal(programs.why, `the programs pinned in ${pins}`);
  programs.close();
});

t.test('without any there is a reason with the remedy', async (t) => {
  const pins = join(t.testdir(), 'none');
  const programs = openDemoPrograms({ pins, loader: undefined });
  t.equal(programs.reader, undefined);
  t.match(programs.why, /no programs are pinned in .*(needs root|npm run build:bpf)/);
  programs.close();
});

t.test('a loader that fails, or is none, is a reason too', async (t) => {
  const pins = join(t.testdir(), 'none');
  const programs = openDemoPrograms({ pins, loader: '/nonexistent/cpugap-bpf' });
  t.equal(programs.reader, undefined);
  t.match(programs.why, /needs root|loading them for the demo failed: /);
  programs.close();
});
