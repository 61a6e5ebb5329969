/**
 * The binary protocol of memcached (the "BinaryProtocolRevamped" page of its wiki). A packet is a header of 24 bytes and
 * a body; all numbers are big-endian:
 *
 *     0 magic (0x80 request, 0x81 response)   1 opcode (0 get, 1 set)   2-3 key length   4 extras length   5 data type
 *     6-7 status of a response (0 good, 1 no such key)   8-11 body length   12-15 opaque   16-23 cas
 */
import { bytesOf, ifWhole, ProtocolError, type Protocol, type ResponseEnd } from './protocol.ts';
import type { KeyValueMix } from './key-value-mix.ts';

const headerBytes = 24;
const magic = { request: 0x80, response: 0x81 } as const;
const opcode = { get: 0, set: 1 } as const;
/** Flags and expiry, both 0. */
const setExtras = new Uint8Array(8);

export function memcachedBinary({ keys, valueBytes, operations }: KeyValueMix): Protocol {
  const value = new Uint8Array(valueBytes).fill(120);
  const set = (key: number): Uint8Array => packet(opcode.set, setExtras, bytesOf(`key-${key}`), value);
  const get = (key: number): Uint8Array =>
    packet(opcode.get, new Uint8Array(), bytesOf(`key-${key}`), new Uint8Array());
  return {
    prepare: Array.from({ length: keys }, (_, key) => set(key)),
    requests: operations.map(({ kind, key }) => (kind === 'set' ? set(key) : get(key))),
    responseEnd: memcachedBinaryEnd,
  };
}

function packet(operation: number, extras: Uint8Array, key: Uint8Array, value: Uint8Array): Uint8Array {
  const bodyBytes = extras.length + key.length + value.length;
  const bytes = new Uint8Array(headerBytes + bodyBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, magic.request);
  view.setUint8(1, operation);
  view.setUint16(2, key.length);
  view.setUint8(4, extras.length);
  view.setUint32(8, bodyBytes);
  bytes.set(extras, headerBytes);
  bytes.set(key, headerBytes + extras.length);
  bytes.set(value, headerBytes + extras.length + key.length);
  return bytes;
}

export const memcachedBinaryEnd: ResponseEnd = (bytes, from) => {
  if (bytes.length > from && bytes[from] !== magic.response) {
    throw new ProtocolError('a response packet (0x81)', bytes, from);
  }
  if (bytes.length < from + headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, headerBytes);
  if (view.getUint16(6) > 1) throw new ProtocolError('status 0 or 1', bytes, from);
  return ifWhole(bytes, from + headerBytes + view.getUint32(8));
};
