/** A CliIo whose output is kept as text. */
import type { CliIo, TextSink } from '../../cli/io.ts';

export interface FakeIo extends CliIo {
  readonly outText: () => string;
  readonly errText: () => string;
}

export function fakeIo(options: { readonly signal?: AbortSignal; readonly colour?: boolean } = {}): FakeIo {
  const [out, err] = [fakeSink(), fakeSink()];
  return {
    out,
    err,
    outText: out.text,
    errText: err.text,
    signal: options.signal ?? new AbortController().signal,
    colour: options.colour ?? false,
  };
}

function fakeSink(): TextSink & { readonly text: () => string } {
  let written = '';
  return {
    write: (text) => {
      written += text;
    },
    text: () => written,
    isTerminal: false,
    columns: () => undefined,
    rows: () => undefined,
  };
}
