/**
 * The journal as text, two lines:
 *
 *     cpugap-journal 1 sha256 <64 hexadecimal digits of the second line's bytes>
 *     {"bootId":"...","cgroupVersion":"v2","entries":[{"controller":"cpu","path":"/kubepods/...","file":"cpu.max",...}]}
 *
 * `original` holds the bytes that stood in the file, in base64. Anything but exactly this is damage: every byte of it is
 * covered by the checksum or compared.
 */
import { createHash } from 'node:crypto';
import {
  arrayOf,
  bigCounter,
  objectOf,
  oneOf,
  text,
  withRule,
  type Refuse,
  type Shape,
} from '../../kernel/json-shape.ts';
import { greatestU64 } from '../../kernel/decimal.ts';
import type { JournalDocument, JournalEntry } from './journal-entry.ts';

/** The journal cannot be believed. `why` says what is wrong with it. */
export class JournalFormatError extends Error {
  override readonly name = 'JournalFormatError';
}

const magic = 'cpugap-journal';
const formatVersion = '1';

const cgroupPath = withRule(text, (path) =>
  path.startsWith('/') && !path.split('/').includes('..') ? undefined : 'a path of a cgroup',
);

const controlFiles = [
  'cpu.weight',
  'cpu.shares',
  'cpu.idle',
  'cpu.max',
  'cpu.max.burst',
  'cpu.cfs_quota_us',
  'cpu.cfs_period_us',
  'cpu.cfs_burst_us',
  'cpuset.cpus',
  'cpuset.cpus.partition',
] as const;

const base64: Shape<string> = {
  encode: (bytes) => Buffer.from(bytes, 'latin1').toString('base64'),
  decode: (json, at, refuse) => Buffer.from(text.decode(json, at, refuse), 'base64').toString('latin1'),
};

const entry = objectOf<JournalEntry>({
  controller: oneOf('cpu', 'cpuset'),
  path: cgroupPath,
  file: oneOf<string>(...controlFiles),
  cgroupId: bigCounter(greatestU64),
  inode: bigCounter(greatestU64),
  original: base64,
  ours: arrayOf(text),
});

const document = objectOf<JournalDocument>({
  bootId: text,
  cgroupVersion: oneOf('v1', 'v2', 'hybrid'),
  entries: arrayOf(entry),
});

export function formatJournal(journal: JournalDocument): string {
  const body = JSON.stringify(document.encode(journal));
  return `${magic} ${formatVersion} sha256 ${sha256(Buffer.from(body))}\n${body}\n`;
}

/** Throws JournalFormatError on anything that formatJournal did not write. */
export function parseJournal(bytes: Buffer): JournalDocument {
  const end = bytes.indexOf(0x0a);
  const header = bytes.subarray(0, Math.max(0, end)).toString('latin1').split(' ');
  if (end < 0 || header.length !== 4 || header[0] !== magic || header[2] !== 'sha256') {
    throw new JournalFormatError('it does not begin as a journal does');
  }
  if (header[1] !== formatVersion) {
    throw new JournalFormatError('it is of a version that this cpugap does not know');
  }
  if (bytes.at(-1) !== 0x0a) throw new JournalFormatError('its end is missing');
  const body = bytes.subarray(end + 1, -1);
  if (sha256(body) !== header[3]) throw new JournalFormatError('its checksum does not match');
  return document.decode(parseJson(body), '', refuse);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new JournalFormatError('it is not JSON', { cause: error });
  }
}

const refuse: Refuse = (at, expected, found) => {
  throw new JournalFormatError(`${at === '' ? 'the document' : at} should be ${expected}, and is ${found}`);
};

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
