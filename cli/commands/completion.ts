import { formatCompletion, shells } from '../completion.ts';
import { defineCommand, type Command, type CommandBody } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { outputFlags } from '../root-flags.ts';
import { parseChoice } from '../../agent/setting-values.ts';

/** The commands are given, because the command that lists them all is one of them. */
export function completionCommand(loadAll: () => Promise<readonly Command[]>): CommandBody {
  return defineCommand({
    description: 'Prints a script that completes commands, flags and file names. It needs no other program.',
    argument: { name: 'shell', description: 'which shell', required: true, choices: shells },
    flags: { json: { ...outputFlags.json, description: 'print the script as a JSON string' } },
    examples: [
      { line: 'source <(cpugap completion bash)', does: 'in this bash' },
      { line: 'cpugap completion zsh > ~/.zfunc/_cpugap', does: 'for zsh, in a folder of $fpath' },
      { line: 'cpugap completion fish > ~/.config/fish/completions/cpugap.fish', does: 'for fish' },
    ],
    exits: [],
    run: async ({ argument = '', options }, io) => {
      const script = formatCompletion(parseChoice(argument, shells), await loadAll());
      io.out.write(options.json ? `${JSON.stringify({ script })}\n` : script);
      return exitCodes.ok.code;
    },
  });
}
