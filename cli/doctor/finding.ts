/** One row of the doctor's table. */
export type FindingStatus = 'ok' | 'degraded' | 'missing';

export interface Finding {
  /** What was looked at, in words of the kernel. */
  readonly check: string;
  readonly status: FindingStatus;
  /** What was found. */
  readonly found: string;
  /** What it means for the numbers; absent when nothing is lost. */
  readonly consequence?: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** True: without it nothing can be measured. */
  readonly essential?: boolean;
}

export function ok(check: string, found: string): Finding {
  return { check, status: 'ok', found };
}

export function degraded(check: string, found: string, consequence: string, remedy?: string): Finding {
  return { check, status: 'degraded', found, consequence, ...(remedy !== undefined && { remedy }) };
}

export function missing(check: string, found: string, consequence: string, remedy?: string): Finding {
  return { check, status: 'missing', found, consequence, ...(remedy !== undefined && { remedy }) };
}

/** Nothing can be measured while this is so. */
export function essential(finding: Finding): Finding {
  return finding.status === 'missing' ? { ...finding, essential: true } : finding;
}

/** Measuring is possible when nothing essential is missing. */
export function canMeasure(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.essential !== true);
}
