/** Faults of clients that believe what a snapshot says, or cannot cope with one. Others are beside `hostile/claims.ts`. */
import type { JsonObject } from '../../../../../src/codec/json.ts'
import { faultsOf } from '../fault.ts'
import { readingTerms } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('resume')

/** Pays nothing where a condition picks the snapshot of a challenge. */
const stopping = (picks: (snapshot: JsonObject, price: bigint) => boolean): ClientVariant => ({
  fetch: readingTerms((request, details) => {
    const snapshot = details['sessionSnapshot'] as JsonObject | undefined
    if (snapshot !== undefined && picks(snapshot, BigInt(String(request['amount']))))
      request['amount'] = '9000000000'
  }),
})

const amount = (snapshot: JsonObject, name: string): bigint => BigInt(String(snapshot[name]))

export const faults = [
  named(
    'stops-at-a-suggestion',
    'SESS-REQ-010',
    // Nothing else is judged of a client that is not served.
    ['paid'],
    stopping(() => true),
  ),
  named(
    'stops-at-a-thin-channel',
    'SESS-REQ-010',
    ['thin'],
    stopping((snapshot, price) => amount(snapshot, 'deposit') - amount(snapshot, 'settled') < price),
  ),
  named('believes-the-deposit-of-a-snapshot', 'SESS-REQ-009', ['verified'], {
    rules: { suggestion: { deposit: ({ deposit }) => deposit } },
  }),
  named('believes-the-totals-of-a-snapshot', 'SESS-SNAP-005', ['unproven'], {
    rules: {
      suggestion: { proven: () => true, total: ({ acceptedCumulative }) => acceptedCumulative },
    },
  }),
]
