/**
 * The ledger checks itself: with delivered = E - G, `R x D = delivered + G + unclaimed` and `U = delivered + borrowed`;
 * the causes and the whereabouts sum to G, and no more is delivered than was received.
 */
import { gapCauses, type ContainerLedger, type HostLedger } from '../../ledger/ledger.ts';

/** Greatest error of any identity of any container with a reservation, in CPU-seconds. */
export function identityErrorSeconds(ledger: HostLedger): number {
  return ledger.containers.reduce((worst, container) => Math.max(worst, errorOf(container)), 0);
}

function errorOf(ledger: ContainerLedger): number {
  if (ledger.reservation === undefined) return 0;
  const delivered = ledger.entitled.estimate - ledger.gap.estimate;
  const reserved = ledger.reservation.cores * ledger.windowSeconds;
  const causes = gapCauses.reduce((sum, cause) => sum + ledger.causes[cause], 0);
  const { phantom, taken } = ledger.whereabouts;
  return Math.max(
    delivered - ledger.received,
    Math.abs(reserved - delivered - ledger.gap.estimate - ledger.unclaimed),
    Math.abs(ledger.received - delivered - ledger.borrowed),
    Math.abs(ledger.gap.estimate - causes),
    Math.abs(ledger.gap.estimate - phantom - taken),
  );
}
