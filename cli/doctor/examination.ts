/** What the doctor looked at: everything that the checks judge. */
import type { DoctorFacts } from '../../host/doctor-facts.ts';
import type { HostFacts } from '../../host/host-facts.ts';
import type { Finding } from './finding.ts';
import type { SampleSummary } from './sample-summary.ts';

export interface Examination {
  readonly platform: string;
  readonly nodeVersion: string;
  readonly facts: DoctorFacts;
  /** What the programs in the kernel count, or why they do not. */
  readonly exact: { readonly kind: 'counted' } | { readonly kind: 'none'; readonly reason: string };
  /** Model, distribution and hypervisor, as far as known. */
  readonly machine: HostFacts;
  /** One line on sockets, cores, caches; undefined where it could not be read. */
  readonly topology: string | undefined;
  /** One reading with the measuring code, or why it failed. */
  readonly sample: SampleSummary | { readonly failure: string };
  /** Descriptors that a tick over all containers wants to keep open. */
  readonly descriptorsWanted: number;
}

export type Check = (examination: Examination) => readonly Finding[];

/** What the reading gave; undefined where it failed. */
export function sampleOf(sample: Examination['sample']): SampleSummary | undefined {
  return 'failure' in sample ? undefined : sample;
}
