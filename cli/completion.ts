/** Completion scripts from the command tables. Pure. */
import type { Command, Flag } from './command.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export function formatCompletion(shell: Shell, commands: readonly Command[]): string {
  switch (shell) {
    case 'bash':
      return formatBash(commands);
    case 'zsh':
      // zsh runs bash completions through its own adapter, so one script serves both.
      return `#compdef cpugap\nautoload -U +X bashcompinit && bashcompinit\n${formatBash(commands)}`;
    case 'fish':
      return formatFish(commands);
  }
}

interface Words {
  readonly short: string | undefined;
  readonly long: string | undefined;
  readonly takesValue: boolean;
}

/** `-o, --output <file>` taken apart. */
function wordsOf({ flags }: Flag<unknown>): Words {
  return {
    short: /(?:^|\s)-(\w)\b/.exec(flags)?.[1],
    long: /--([\w-]+)/.exec(flags)?.[1],
    takesValue: flags.includes('<'),
  };
}

const dashed = (flag: Flag<unknown>): readonly string[] => {
  const { short, long } = wordsOf(flag);
  return [...(short === undefined ? [] : [`-${short}`]), ...(long === undefined ? [] : [`--${long}`])];
};

function formatBash(commands: readonly Command[]): string {
  const flagsOf = (command: Command): readonly string[] => [
    ...Object.values(command.flags).flatMap(dashed),
    '--help',
  ];
  const files = commands.flatMap(({ flags }) =>
    Object.values(flags).filter((flag) => flag.takesFile === true),
  );
  const cases = commands.map(
    (command) =>
      `    ${command.name}) words="${[...flagsOf(command), ...(command.argument?.choices ?? [])].join(' ')}" ;;`,
  );
  return `\
_cpugap() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  case "$previous" in
    ${[...new Set(files.flatMap(dashed))].join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="${[...commands.map(({ name }) => name), '--help', '--version'].join(' ')}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "\${#COMPREPLY[@]}" -eq 0 ] && [ "$COMP_CWORD" -gt 1 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -F _cpugap cpugap
`;
}

function formatFish(commands: readonly Command[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap((command) => [
    `complete -c cpugap -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
    ...Object.values(command.flags).map((flag) => {
      const { short, long, takesValue } = wordsOf(flag);
      const names = [
        ...(short === undefined ? [] : [`-s ${short}`]),
        ...(long === undefined ? [] : [`-l ${long}`]),
      ];
      const value = takesValue ? (flag.takesFile === true ? ' -r -F' : ' -x') : '';
      return `complete -c cpugap -n '__fish_seen_subcommand_from ${command.name}' ${names.join(' ')}${value} -d ${quoted(flag.description)}`;
    }),
    ...(command.argument?.choices === undefined
      ? []
      : [
          `complete -c cpugap -n '__fish_seen_subcommand_from ${command.name}' -f -a ${quoted(command.argument.choices.join(' '))}`,
        ]),
  ]);
  return `${lines.join('\n')}\n`;
}
