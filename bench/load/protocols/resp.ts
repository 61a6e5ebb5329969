/**
 * The protocol of Redis, RESP2 (redis.io, "Redis serialization protocol specification"):
 *
 *     *2\r\n$3\r\nGET\r\n$5\r\nkey-1\r\n   ->  $5\r\nhello\r\n, or $-1\r\n on a miss
 *     +OK\r\n   :1000\r\n   -ERR what went wrong\r\n   *2\r\n(two responses)
 */
import {
  bytesOf,
  ifWhole,
  lineEnd,
  lineText,
  ProtocolError,
  type Protocol,
  type ResponseEnd,
} from './protocol.ts';
import type { KeyValueMix } from './key-value-mix.ts';

export function resp({ keys, valueBytes, operations }: KeyValueMix): Protocol {
  const value = 'x'.repeat(valueBytes);
  const set = (key: number): Uint8Array => command('SET', `key-${key}`, value);
  return {
    prepare: Array.from({ length: keys }, (_, key) => set(key)),
    requests: operations.map(({ kind, key }) => (kind === 'set' ? set(key) : command('GET', `key-${key}`))),
    responseEnd: respEnd,
  };
}

function command(...words: readonly string[]): Uint8Array {
  const parts = words.map((word) => `$${word.length}\r\n${word}\r\n`);
  return bytesOf(`*${words.length}\r\n${parts.join('')}`);
}

export const respEnd: ResponseEnd = (bytes, from) => {
  const end = lineEnd(bytes, from);
  if (end === undefined) return undefined;
  const [, kind, rest] = /^([+:$*])(.*)$/.exec(lineText(bytes, from, end)) ?? [];
  if (kind === undefined) throw new ProtocolError('+, :, $ or *', bytes, from);
  if (kind === '+' || kind === ':') return end;
  const size = /^(-1|\d{1,9})$/.test(rest ?? '') ? Number(rest) : undefined;
  if (size === undefined) throw new ProtocolError('a length', bytes, from);
  if (size === -1) return end;
  return kind === '$' ? ifWhole(bytes, end + size + 2) : arrayEnd(bytes, end, size);
};

function arrayEnd(bytes: Uint8Array, from: number, elements: number): number | undefined {
  let at: number | undefined = from;
  for (let left = elements; left > 0 && at !== undefined; left--) at = respEnd(bytes, at);
  return at;
}
