/** The files that the BPF programs pin, written as plain files. */
import { bpfFiles, bpfLayoutVersion, type BpfFileName } from '../../kernel/bpf-reading.ts';

const magic = 0x0000706167757063n;
const endMagic = 0x0000646e65677063n;

/** Words of one record of a file. */
export const recordWords = (file: BpfFileName): number =>
  bpfFiles[file].columns.reduce((sum, column) => sum + Number(/\[(\d+)\]/.exec(column)?.[1] ?? 1), 0);

/** A whole file with these records. */
export function bpfFile(
  file: BpfFileName,
  records: readonly (readonly bigint[])[],
  options: {
    readonly loadId?: bigint;
    readonly layoutVersion?: bigint;
    readonly nowNs?: bigint;
    readonly endNs?: bigint;
  } = {},
): Uint8Array {
  const { loadId = 5n, layoutVersion = bpfLayoutVersion, nowNs = 77n, endNs = nowNs + 1n } = options;
  const header = [magic, layoutVersion, bpfFiles[file].kind, BigInt(recordWords(file) * 8), nowNs, loadId];
  return new Uint8Array(BigUint64Array.from([...header, ...records.flat(), endMagic, endNs]).buffer);
}
