import { seededRandom } from '../../statistics/random.ts';
import { http } from './http.ts';
import { keyValueMix } from './key-value-mix.ts';
import { memcachedBinary } from './memcached-binary.ts';
import { memcachedText } from './memcached-text.ts';
import type { Protocol } from './protocol.ts';
import { resp } from './resp.ts';

export const protocolNames = ['memcached-text', 'memcached-binary', 'resp', 'http'] as const;
export type ProtocolName = (typeof protocolNames)[number];

/** Nine reads in ten, of values of 200 bytes: the mix that YCSB calls B, nearly. */
const mix = { keys: 1000, valueBytes: 200, readShare: 0.9 } as const;

/** The path that bench/servers has nginx serve. */
export const servedPath = '/page';

export function protocolOf(name: ProtocolName, seed: number): Protocol {
  switch (name) {
    case 'memcached-text':
      return memcachedText(keyValueMix(mix, seededRandom(seed)));
    case 'memcached-binary':
      return memcachedBinary(keyValueMix(mix, seededRandom(seed)));
    case 'resp':
      return resp(keyValueMix(mix, seededRandom(seed)));
    case 'http':
      return http(servedPath);
  }
}
