/** Every protocol: responses are counted alike however the stream is cut, and nothing but ProtocolError is thrown. */
import t from 'tap';
import { httpEnd } from '../../../bench/load/protocols/http.ts';
import { memcachedBinaryEnd } from '../../../bench/load/protocols/memcached-binary.ts';
import { memcachedTextEnd } from '../../../bench/load/protocols/memcached-text.ts';
import { bytesOf, ProtocolError, type ResponseEnd } from '../../../bench/load/protocols/protocol.ts';
import { respEnd } from '../../../bench/load/protocols/resp.ts';
import { ResponseStream } from '../../../bench/load/response-stream.ts';
import { fc } from '../../support/properties.ts';

function packet(status: number, body: string): Uint8Array {
  const bytes = new Uint8Array(24 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x81);
  view.setUint16(6, status);
  view.setUint32(8, body.length);
  bytes.set(bytesOf(body), 24);
  return bytes;
}

/** Protocol, responses that it may give, and texts that are none. */
const rows: readonly [
  name: string,
  end: ResponseEnd,
  good: readonly Uint8Array[],
  bad: readonly Uint8Array[],
][] = [
  [
    'memcached text',
    memcachedTextEnd,
    ['STORED\r\n', 'END\r\n', 'VALUE k 0 5\r\nhello\r\nEND\r\n', 'VALUE k 0 4\r\n\r\n\r\n\r\nEND\r\n'].map(
      bytesOf,
    ),
    ['ERROR\r\n', 'SERVER_ERROR out of memory\r\n', 'VALUE k 0 x\r\n'].map(bytesOf),
  ],
  [
    'memcached binary',
    memcachedBinaryEnd,
    [packet(0, ''), packet(0, 'flagvalue'), packet(1, 'Not found')],
    [packet(0x82, 'Out of memory'), bytesOf('ERROR\r\n')],
  ],
  [
    'RESP',
    respEnd,
    ['+OK\r\n', ':12\r\n', '$-1\r\n', '$2\r\n\r\n\r\n', '*2\r\n$1\r\na\r\n*1\r\n:5\r\n', '*0\r\n'].map(
      bytesOf,
    ),
    ['-ERR unknown\r\n', '$x\r\n', 'HTTP/1.1\r\n'].map(bytesOf),
  ],
  [
    'HTTP',
    httpEnd,
    [
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
      'HTTP/1.1 304 Not Modified\r\n\r\n',
      'HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length:0\r\nA: b\r\n\r\n',
    ].map(bytesOf),
    ['HTTP/1.1 500 Oh\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', 'STORED\r\n\r\n\r\n'].map(bytesOf),
  ],
];

const chunksOf = (bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((to, i) => bytes.slice(places[i], to));
};

for (const [name, end, good, bad] of rows) {
  t.test(`${name}: cut anywhere`, async () => {
    const responses = fc.array(fc.constantFrom(...good), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(responses, fc.array(fc.nat(), { maxLength: 20 }), (sent, cuts) => {
        const stream = new ResponseStream(end);
        const bytes = Uint8Array.from(sent.flatMap((each) => [...each]));
        const counted = chunksOf(bytes, cuts).reduce((sum, chunk) => sum + stream.take(chunk), 0);
        return counted === sent.length;
      }),
    );
  });

  t.test(`${name}: byte by byte, each response is whole with its last byte`, async (t) => {
    for (const response of good) {
      for (let length = 0; length < response.length; length++) {
        t.equal(end(response.slice(0, length), 0), undefined);
      }
      t.equal(end(response, 0), response.length);
    }
  });

  t.test(`${name}: refusals and noise`, async (t) => {
    for (const response of bad) t.throws(() => end(response, 0), ProtocolError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        try {
          const found = end(noise, 0);
          return found === undefined || found <= noise.length;
        } catch (error) {
          return error instanceof ProtocolError;
        }
      }),
    );
  });
}
