/** Text of the agent's settings to values. Each throws RangeError with what it expected; the caller says of which setting. */

const secondsPerUnit: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
const bytesPerUnit: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

export interface TimeRange {
  readonly least: string;
  readonly greatest: string;
}

/** `1`, `0.5`, `500ms`, `2s`, `1m30s`: seconds within the range. */
export function parseSeconds(text: string, range: TimeRange): number {
  const seconds = secondsOf(text);
  const [least, greatest] = [secondsOf(range.least) ?? 0, secondsOf(range.greatest) ?? Infinity];
  if (seconds === undefined || seconds < least || seconds > greatest) {
    throw new RangeError(`a time from ${range.least} to ${range.greatest}, such as 500ms, 2s or 1m30s`);
  }
  return seconds;
}

function secondsOf(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (secondsPerUnit[unit ?? ''] ?? 0), 0);
}

export function parseWhole(text: string, least: number, greatest: number): number {
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value < least || value > greatest) {
    throw new RangeError(`a whole number from ${least} to ${greatest}`);
  }
  return value;
}

/** `1%` or `0.01` of a core, or `max` for no limit: cores. */
export function parseCores(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  const cores = Number(digits) / (percent === '%' ? 100 : 1);
  if (!(cores >= 0.001 && cores <= 64)) {
    throw new RangeError('a part of a core from 0.1% to 64, such as 1% or 0.01, or max');
  }
  return cores;
}

/** `500000`, `100M`, `1Gi`: bytes, at least 1. */
export function parseBytes(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,12})([kKMG]i?)?B?$/.exec(text) ?? [];
  const bytes = Number(digits) * (bytesPerUnit[unit] ?? Number.NaN);
  if (!(bytes >= 1)) throw new RangeError('a number of bytes of at least 1, such as 500000, 100M or 1Gi');
  return bytes;
}

/** `127.0.0.1:9753`, `[::1]:9753`, `:9753` (all IPv4 addresses): host and port. */
export function parseListenAddress(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (!(port <= 65_535)) throw new RangeError('HOST:PORT, such as 127.0.0.1:9753, [::1]:9753 or :9753');
  return { host: bracketed ?? (plain === '' ? '0.0.0.0' : (plain ?? '')), port };
}

export function parseChoice<const Word extends string>(text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new RangeError(`one of ${words.join(', ')}`);
  return found;
}

export function parseText(text: string): string {
  if (text.trim() === '' || text.includes('\0')) throw new RangeError('something that is not empty');
  return text;
}
