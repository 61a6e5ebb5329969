import t from 'tap';
import { identityErrorSeconds } from '../../../agent/metrics/identity-error.ts';
import { containerLedger, hostLedger, withoutReservation } from '../../support/ledger-literal.ts';

const right = containerLedger();
const rows = [
  ['a ledger that adds up', right, 0],
  ['reserved = delivered + gap + unclaimed', containerLedger({ unclaimed: 0.5 }), 0.5],
  ['received = delivered + borrowed', containerLedger({ borrowed: 0.25 }), 0.25],
  ['the causes are the gap', containerLedger({ causes: { ...right.causes, steal: 0.125 } }), 0.125],
  ['the whereabouts are the gap', containerLedger({ whereabouts: { phantom: 0, taken: 0 } }), 0.25],
  ['nothing to check without a reservation', withoutReservation(containerLedger({ borrowed: 1 })), 0],
] as const;

t.test('finds the identity that does not hold', async (t) => {
  for (const [name, ledger, error] of rows)
    t.equal(identityErrorSeconds(hostLedger([right, ledger])), error, name);
});
