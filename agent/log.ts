/** Log lines for people (text) or programs (JSON), one line each, whatever is in them. */
import type { Clock } from '../host/clock.ts';

export type LogFormat = 'text' | 'json';
export type LogLevel = 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean>>;

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** `write` gets one line with its newline. */
export function createLog(
  format: LogFormat,
  clock: Pick<Clock, 'wallTimeMs'>,
  write: (line: string) => void,
): Log {
  const formatLine = format === 'json' ? formatJsonLine : formatTextLine;
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      write(`${formatLine(new Date(clock.wallTimeMs()).toISOString(), level, message, fields)}\n`);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

function formatTextLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
  const line = [time, level, message, ...pairs].join(' ');
  // eslint-disable-next-line no-control-regex -- names of containers may hold anything; a terminal should not.
  return line.replace(/[\u0000-\u001f\u007f]+/g, ' ');
}

function formatValue(value: string | number | boolean): string {
  return typeof value === 'string' && !/^[\w./:%+-]+$/.test(value) ? JSON.stringify(value) : String(value);
}

function formatJsonLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  return JSON.stringify({ time, level, message, ...fields });
}
