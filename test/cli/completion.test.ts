import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { loadCommands } from '../../cli/commands.ts';
import { formatCompletion } from '../../cli/completion.ts';

const commands = await loadCommands();

t.test('bash completes commands, flags, choices and files', async (t) => {
  const folder = t.testdir({ 'recording.jsonl': '' });
  writeFileSync(join(folder, 'completion.bash'), formatCompletion('bash', commands));
  const complete = (...words: readonly string[]): readonly string[] => {
    const script = `source ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cpugap; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const text = execFileSync('bash', ['-c', script, 'bash', 'cpugap', ...words], {
      cwd: folder,
      encoding: 'utf8',
    });
    return text.split('\n').filter((line) => line !== '');
  };
  t.same(complete('do'), ['doctor']);
  t.same(complete('top', '--on'), ['--once']);
  t.same(complete('completion', 'z'), ['zsh']);
  t.same(complete('replay', 'rec'), ['recording.jsonl']);
  t.same(complete('record', '-o', 'rec'), ['recording.jsonl']);
  t.same(complete('explain', '--recording', 'rec'), ['recording.jsonl']);
});

t.test('every shell knows every command and flag', async (t) => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = formatCompletion(shell, commands);
    for (const { name, flags } of commands) {
      t.ok(script.includes(name), `${shell}: ${name}`);
      for (const flag of Object.values(flags)) {
        const long = /--([\w-]+)/.exec(flag.flags)?.[1] ?? '';
        t.ok(script.includes(shell === 'fish' ? `-l ${long}` : `--${long}`), `${shell}: ${name} ${long}`);
      }
    }
  }
});
