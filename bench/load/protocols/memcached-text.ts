/**
 * The text protocol of memcached (doc/protocol.txt):
 *
 *     set key-1 0 0 5\r\nhello\r\n      ->  STORED\r\n
 *     get key-1\r\n                     ->  VALUE key-1 0 5\r\nhello\r\nEND\r\n, or END\r\n on a miss
 */
import { bytesOf, lineEnd, lineText, ProtocolError, type Protocol, type ResponseEnd } from './protocol.ts';
import type { KeyValueMix } from './key-value-mix.ts';

export function memcachedText({ keys, valueBytes, operations }: KeyValueMix): Protocol {
  const value = 'x'.repeat(valueBytes);
  const set = (key: number): Uint8Array => bytesOf(`set key-${key} 0 0 ${valueBytes}\r\n${value}\r\n`);
  return {
    prepare: Array.from({ length: keys }, (_, key) => set(key)),
    requests: operations.map(({ kind, key }) => (kind === 'set' ? set(key) : bytesOf(`get key-${key}\r\n`))),
    responseEnd: memcachedTextEnd,
  };
}

export const memcachedTextEnd: ResponseEnd = (bytes, from) => {
  for (let at = from; ;) {
    const end = lineEnd(bytes, at);
    if (end === undefined) return undefined;
    const line = lineText(bytes, at, end);
    if (line === 'END' || line === 'STORED') return end;
    const [, length] = /^VALUE \S+ \d+ (\d{1,9})(?: \d+)?$/.exec(line) ?? [];
    if (length === undefined) throw new ProtocolError('STORED, VALUE or END', bytes, at);
    at = end + Number(length) + 2;
    if (at > bytes.length) return undefined;
  }
};
