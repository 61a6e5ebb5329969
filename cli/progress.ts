/** Progress on a terminal as one line that is written over; nothing where nobody watches. */
import type { TextSink } from './io.ts';

export interface Progress {
  show(text: string): void;
  /** Takes the line away. */
  clear(): void;
}

export function progressOn(sink: TextSink): Progress {
  if (!sink.isTerminal) return { show: () => undefined, clear: () => undefined };
  return {
    show: (text) => {
      sink.write(`\r${text.slice(0, Math.max(0, (sink.columns() ?? 80) - 1))}\u001b[K`);
    },
    clear: () => {
      sink.write('\r\u001b[K');
    },
  };
}
