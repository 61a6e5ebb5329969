/** docs/cli.md and the program agree, both ways. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { loadCommands } from '../../cli/commands.ts';
import { exitCodes } from '../../cli/exit-codes.ts';

const commands = await loadCommands();
const text = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

/** Rows of the table below a heading, cells without the surrounding space. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const section = text.slice(text.indexOf(`## ${heading}`)).split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

t.test('commands', async (t) => {
  t.same(
    rowsBelow('Commands').map(([usage, summary]) => [/`cpugap ([\w-]+)/.exec(usage ?? '')?.[1], summary]),
    commands.map(({ name, summary }) => [name, summary]),
  );
});

t.test('flags that are named exist', async (t) => {
  const known = new Set([
    '--help',
    ...commands.flatMap(({ flags }) =>
      Object.values(flags).flatMap((flag) => flag.flags.match(/--[\w-]+/g) ?? []),
    ),
  ]);
  const named = new Set(text.match(/--[a-z][\w-]*/g));
  t.same(
    [...named].filter((flag) => !known.has(flag)),
    [],
  );
});

t.test('exit codes', async (t) => {
  t.same(
    rowsBelow('Exit codes'),
    Object.values(exitCodes).map(({ code, meaning }) => [`${code}`, meaning]),
  );
});
