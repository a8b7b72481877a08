/** A server believes the chain, not that a transaction was sent: failed, empty and foreign receipts are no payment. */
import { scenario } from '../../../../kit/scenario.ts'
import type { Fixtures } from '../fixtures.ts'
import { closeChecks, closes } from './node-lies/close.ts'
import { openChecks, opens } from './node-lies/open.ts'
import { state, stateChecks } from './node-lies/state.ts'
import { topUpChecks, topUps } from './node-lies/top-up.ts'
import { unsure, unsureChecks } from './node-lies/unsure.ts'

export const nodeLies = scenario({
  id: 'mpp/server/node-lies',
  title: 'Receipts that failed, are empty or belong to others open, fund and close nothing',
  needs: ['stream', 'node', 'v2'],
  checks: { ...openChecks, ...topUpChecks, ...closeChecks, ...stateChecks, ...unsureChecks },
  faults: () => import('./node-lies.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    await opens(t, fixtures)
    await topUps(t, fixtures)
    await closes(t, fixtures)
    await state(t, fixtures)
    await unsure(t, fixtures)
  },
})
