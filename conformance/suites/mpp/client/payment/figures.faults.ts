/** Faults of clients that read a price from elsewhere, or not all of it. */
import { faultsOf, ok } from '../fault.ts'
import type { ClientVariant } from '../reference.ts'
import { hearing, readingTerms } from './puppets.fault.ts'

const named = faultsOf('figures')

/** A figure read as if nothing could be wrong with it: without its sign, by its lower bits, in tokens or in base units. */
function carelessly(figure: string): bigint {
  const digits = figure.replace('-', '')
  if (digits.includes('.')) return BigInt(Math.round(Number(digits) * 1_000_000))
  return BigInt.asUintN(96, BigInt(digits))
}

/** Signs for the least step at once, whatever is asked for. */
const steppingAhead: NonNullable<ClientVariant['fetch']> = (fetch, env) => {
  let step = 0n
  const read = readingTerms((request, details) => {
    step = carelessly(String(details['minVoucherDelta'] ?? '0')) - BigInt(String(request['amount']))
    delete details['minVoucherDelta']
  })
  const heard = hearing('payment-need-voucher', (data) => {
    if (step > 0n) data['requiredCumulative'] = String(BigInt(String(data['requiredCumulative'])) + step)
  })
  return heard(read(fetch, env), env)
}

export const faults = [
  named('believes-the-description', 'CORE-CHAL-019', ['description'], {
    // What is said to be free is not paid for.
    fetch: (fetch) => async (input, init) => {
      const response = await fetch(input, init)
      const said = response.headers.get('www-authenticate') ?? ''
      return said.includes('free of charge') ? new Response(null, { status: 402 }) : response
    },
  }),
  named('keeps-96-bits-of-a-price', 'SESS-DESC-006', ['wraps'], {
    fetch: readingTerms((request) => {
      request['amount'] = String(BigInt.asUintN(96, BigInt(String(request['amount']))))
    }),
  }),
  named('reads-part-of-a-suggestion', 'SESS-DESC-006', ['suggested-deposit'], {
    fetch: readingTerms((request) => {
      const { suggestedDeposit } = request
      if (suggestedDeposit !== undefined)
        request['suggestedDeposit'] = String(carelessly(String(suggestedDeposit)))
    }),
  }),
  named('reads-steps-carelessly', 'SESS-SSE-014', ['least-step'], {
    rules: { sign: { withinStep: ok } },
    fetch: steppingAhead,
  }),
]
