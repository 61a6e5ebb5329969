import { schemaVersion, type BenchResult } from '../run/result.ts';

/** The file is no result of a run, or one of another version. */
export class ResultFormatError extends Error {
  override readonly name = 'ResultFormatError';
}

/** Throws ResultFormatError. What is inside is believed: this program wrote it. */
export function parseResult(text: string, path: string): BenchResult {
  const value = parseJson(text, path);
  if (
    typeof value !== 'object' ||
    value === null ||
    !('schema' in value) ||
    value.schema !== 'cpugap-bench'
  ) {
    throw new ResultFormatError(`${path} is no result of cpugap bench run`);
  }
  if (!('schemaVersion' in value) || value.schemaVersion !== schemaVersion) {
    throw new ResultFormatError(`${path} has another schema version than ${schemaVersion}`);
  }
  return value as unknown as BenchResult;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ResultFormatError(`${path} is not JSON`, { cause: error });
  }
}
