/** Facts to findings: a list of checks, each a pure function of the facts. */
import {
  checkPlatform,
  checkNode,
  checkRights,
  checkCgroups,
  checkContainers,
  checkDescriptors,
  checkFailures,
} from './checks/foundations.ts';
import {
  checkProcStat,
  checkDemand,
  checkHostPressure,
  checkContainerPressure,
  checkThreads,
  checkHostSchedstat,
  checkCpuset,
  checkThrottlingSource,
  checkKnobs,
  checkExactSource,
} from './checks/sources.ts';
import { checkProcView, checkNamespaces, checkTopology, checkVirtual } from './checks/surroundings.ts';
import { findConflicts } from './conflicts.ts';
import { sampleOf, type Check, type Examination } from './examination.ts';
import type { Finding } from './finding.ts';

/** In the order in which they are shown: what must be there, what makes it exact, what is in the way. */
const checks: readonly Check[] = [
  checkPlatform,
  checkNode,
  checkRights,
  checkCgroups,
  checkContainers,
  checkProcStat,
  checkDemand,
  checkHostPressure,
  checkContainerPressure,
  checkThreads,
  checkHostSchedstat,
  checkCpuset,
  checkThrottlingSource,
  checkKnobs,
  checkExactSource,
  checkProcView,
  checkNamespaces,
  checkDescriptors,
  checkFailures,
  checkTopology,
  checkVirtual,
  ({ facts, sample }) => findConflicts(facts, sampleOf(sample)),
];

export function deriveFindings(examination: Examination): readonly Finding[] {
  return checks.flatMap((check) => check(examination));
}
