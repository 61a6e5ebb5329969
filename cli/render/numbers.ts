/** Numbers as people read them. Absent is `-`, never 0. */

export const absent = '-';

/** CPUs: `0.20`, `12.5`, `128`. Three significant places are more than the counters hold. */
export function formatCores(cores: number | undefined): string {
  if (cores === undefined || !Number.isFinite(cores)) return absent;
  const size = Math.abs(cores);
  const text = cores.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** A share as whole percent; a share that is not nothing never reads as nothing. */
export function formatPercent(share: number | undefined): string {
  if (share === undefined || !Number.isFinite(share)) return absent;
  const percent = share * 100;
  if (percent > 0 && percent < 0.5) return '<1%';
  return `${Math.round(percent)}%`;
}

/** A time: `85us`, `2.3ms`, `1.20s`, `3m05s`, `2h10m`. */
export function formatDuration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return absent;
  if (seconds === 0) return '0';
  if (seconds < 0.0009995) return `${Math.max(1, Math.round(seconds * 1e6))}us`;
  if (seconds < 0.00995) return `${(seconds * 1e3).toFixed(1)}ms`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1e3)}ms`;
  if (seconds < 59.995) return `${seconds.toFixed(2)}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 999_500) return `${(bytes / 1e3).toPrecision(3)} kB`;
  return `${(bytes / 1e6).toPrecision(3)} MB`;
}

/** `2026-07-01 14:05:09` in UTC: recordings travel between time zones. */
export function formatWallTime(wallTimeMs: number): string {
  return new Date(wallTimeMs).toISOString().slice(0, 19).replace('T', ' ');
}
