import t from 'tap';
import {
  defineCommand,
  fileFlag,
  requiredFileFlag,
  switchFlag,
  valueFlagWithFallback,
  type CommandBody,
  type ListedCommand,
} from '../../cli/command.ts';
import { listedCommands, loadCommands } from '../../cli/commands.ts';
import { CliError } from '../../cli/exit-codes.ts';
import { parseInterval } from '../../cli/flag-values.ts';
import type { CliIo } from '../../cli/io.ts';
import { runProgram } from '../../cli/program.ts';
import { outputFlags } from '../../cli/root-flags.ts';
import { fakeIo, type FakeIo } from './fake-io.ts';

const commands = await loadCommands();
const facts = { version: '1.2.3', description: 'Measures.' };

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(words: readonly string[], io: FakeIo = fakeIo(), from = listedCommands): Promise<Run> {
  const code = await runProgram(words, from, facts, io);
  return { code, out: io.outText(), err: io.errText() };
}

t.test('help and version', async (t) => {
  t.match(await run(['--version']), { code: 0, out: '1.2.3\n', err: '' });
  const help = await run(['--help']);
  t.equal(help.code, 0);
  for (const { name } of commands) t.match(help.out, new RegExp(`^  ${name} `, 'm'));
  t.match(await run([]), { code: 0, out: help.out }, 'no words at all are a question for help');
});

for (const command of commands) {
  t.test(`${command.name} --help`, async (t) => {
    const { code, out } = await run([command.name, '--help']);
    t.equal(code, 0);
    for (const { flags } of Object.values(command.flags)) t.ok(out.includes(flags), flags);
    t.ok('json' in command.flags, 'has --json');
    t.ok(command.examples.length > 0, 'has examples');
    for (const { line } of command.examples) t.ok(out.includes(line), line);
    t.match(out, /\nExit codes:\n +0 {2}done/);
  });

  t.test(`examples of ${command.name} parse`, async (t) => {
    const seen: string[] = [];
    const run0 = (name: string) => () => {
      seen.push(name);
      return Promise.resolve(0);
    };
    const stubs = commands.map((other) => listed(other.name, { ...other, run: run0(other.name) }));
    const lines = command.examples
      .map(({ line }) => /cpugap ([^)>]*)/.exec(line)?.[1]?.trim())
      .filter((words) => words !== undefined);
    for (const words of lines)
      t.match(await run(words.split(' '), fakeIo(), stubs), { code: 0, err: '' }, words);
    t.equal(seen.length, lines.length);
  });
}

t.test('wrong command lines end with 2 and one sentence that helps', async (t) => {
  const rows: readonly (readonly [words: readonly string[], sentence: string])[] = [
    [['tpo'], "cpugap: unknown command 'tpo'. Did you mean top? See cpugap --help."],
    [['frobnicate'], "cpugap: unknown command 'frobnicate'. See cpugap --help."],
    [['top', '--onc'], "cpugap: unknown option '--onc'. Did you mean --once? See cpugap top --help."],
    [
      ['top', '--interval', 'soon'],
      "cpugap: option '--interval <time>' argument 'soon' will not do: expected a time from 100ms to 1h, such as 500ms, 2s or 1m30s. See cpugap top --help.",
    ],
    [
      ['top', 'extra'],
      "cpugap: too many arguments for 'top'. Expected 0 arguments but got 1: extra. See cpugap top --help.",
    ],
    [['explain'], "cpugap: missing required argument 'container'. See cpugap explain --help."],
    [['record'], "cpugap: required option '-o, --output <file>' not specified. See cpugap record --help."],
    [
      ['completion', 'tcsh'],
      "cpugap: command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish. See cpugap completion --help.",
    ],
  ];
  for (const [words, sentence] of rows) {
    const { code, out, err } = await run(words);
    t.equal(code, 2, words.join(' '));
    t.equal(out, '');
    t.equal(
      err,
      `${sentence}
`,
    );
  }
});

const listed = (name: string, body: CommandBody): ListedCommand => ({
  name,
  summary: name,
  load: () => Promise.resolve(body),
});

/** A command that does what a test wants. */
const probe = (body: (options: Readonly<Record<string, unknown>>, io: CliIo) => Promise<number>) =>
  listed(
    'probe',
    defineCommand({
      description: 'Probe.',
      flags: {
        output: requiredFileFlag('-o, --output <file>', 'where'),
        other: fileFlag('--other-file <file>', 'what'),
        once: switchFlag('--once', 'once'),
        interval: valueFlagWithFallback('--interval <time>', 'when', parseInterval, 1),
        ...outputFlags,
      },
      examples: [{ line: 'cpugap probe', does: 'probes' }],
      exits: ['failed'],
      run: ({ options }, io) => body(options, io),
    }),
  );

t.test('options arrive under the keys of the flag table, with their values', async (t) => {
  const seen: unknown[] = [];
  const command = probe((options) => {
    seen.push(options);
    return Promise.resolve(5);
  });
  t.match(await run(['probe', '-o', 'x'], fakeIo(), [command]), { code: 5 });
  t.match(
    await run(
      ['probe', '--output=y', '--once', '--other-file', 'z', '--interval', '2s', '--json', '--no-color'],
      fakeIo(),
      [command],
    ),
    { code: 5 },
  );
  t.same(seen, [
    { output: 'x', other: undefined, once: false, interval: 1, json: false, color: true },
    { output: 'y', other: 'z', once: true, interval: 2, json: true, color: false },
  ]);
});

t.test('colour only where it is wanted', async (t) => {
  const seen: boolean[] = [];
  const command = probe((_options, io) => {
    seen.push(io.colour);
    return Promise.resolve(0);
  });
  const words = ['probe', '-o', 'x'];
  await run(words, fakeIo({ colour: true }), [command]);
  await run([...words, '--no-color'], fakeIo({ colour: true }), [command]);
  await run([...words, '--json'], fakeIo({ colour: true }), [command]);
  await run(words, fakeIo({ colour: false }), [command]);
  t.same(seen, [true, false, false, false]);
});

t.test('failures', async (t) => {
  const failing = (error: Error) => [probe(() => Promise.reject(error))];
  const words = ['probe', '-o', 'x'];
  t.same(await run(words, fakeIo(), failing(new CliError('notFound', 'No such thing. Look again.'))), {
    code: 5,
    out: '',
    err: 'cpugap: No such thing. Look again.\n',
  });
  const unforeseen = await run(words, fakeIo(), failing(new Error('boom')));
  t.equal(unforeseen.code, 1);
  t.match(unforeseen.err, /^cpugap: an unforeseen failure.*boom/);
});

t.test('an interruption ends with 128 and the number of the signal', async (t) => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const io = fakeIo({ signal: AbortSignal.abort({ signal }) });
    const command = probe(() => Promise.reject(new Error('cut short')));
    t.match(await run(['probe', '-o', 'x'], io, [command]), { code, err: '' });
  }
});
