import t from 'tap';
import {
  parseBytes,
  parseChoice,
  parseCores,
  parseListenAddress,
  parseSeconds,
  parseText,
  parseWhole,
} from '../../agent/setting-values.ts';

const seconds = (text: string): number => parseSeconds(text, { least: '100ms', greatest: '1h' });
const whole = (text: string): number => parseWhole(text, 1, 1000);
const format = (text: string): string => parseChoice(text, ['text', 'json']);

const accepted: readonly (readonly [(text: string) => unknown, string, unknown])[] = [
  [seconds, '1', 1],
  [seconds, '0.5', 0.5],
  [seconds, '100ms', 0.1],
  [seconds, '1m30s', 90],
  [seconds, '1h', 3600],
  [whole, '1', 1],
  [whole, '1000', 1000],
  [parseCores, '1%', 0.01],
  [parseCores, '0.01', 0.01],
  [parseCores, '150%', 1.5],
  [parseCores, 'max', 'max'],
  [parseBytes, '500000', 500_000],
  [parseBytes, '100M', 1e8],
  [parseBytes, '100MB', 1e8],
  [parseBytes, '1Gi', 2 ** 30],
  [parseBytes, '1GiB', 2 ** 30],
  [parseListenAddress, '127.0.0.1:9753', { host: '127.0.0.1', port: 9753 }],
  [parseListenAddress, '[::1]:0', { host: '::1', port: 0 }],
  [parseListenAddress, ':80', { host: '0.0.0.0', port: 80 }],
  [parseListenAddress, 'localhost:1', { host: 'localhost', port: 1 }],
  [format, 'json', 'json'],
  [parseText, '/a b', '/a b'],
];

const refused: readonly (readonly [(text: string) => unknown, readonly string[], RegExp])[] = [
  [
    seconds,
    ['', '0', '99ms', '61m', '-1', '1x', 'NaN', '1e3', 's', '1 s'],
    /^a time from 100ms to 1h, such as/,
  ],
  [whole, ['', '0', '1001', '1.5', '-1', '0x10', '1e2', '٣'], /^a whole number from 1 to 1000$/],
  [parseCores, ['', '0', '0%', '65', 'none', '-1%', '1 %'], /^a part of a core/],
  [parseBytes, ['', '0', '1X', '-1', '1.5M'], /^a number of bytes/],
  [
    parseListenAddress,
    ['', '9753', 'a:b', '127.0.0.1:65536', '::1:80', '[x]:1', 'a:-1'],
    /^HOST:PORT, such as/,
  ],
  [format, ['', 'yaml'], /^one of text, json$/],
  [parseText, ['', ' ', 'a\0b'], /^something that is not empty$/],
];

t.test('takes what is meant', async (t) => {
  for (const [parse, text, value] of accepted) t.same(parse(text), value, text);
});

t.test('refuses the rest and says what it expected', async (t) => {
  for (const [parse, texts, message] of refused) {
    for (const text of texts)
      t.throws(() => parse(text), { name: 'RangeError', message }, JSON.stringify(text));
  }
});
