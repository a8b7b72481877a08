/** Faults of clients whose payloads lack something, or whose totals go wrong. */
import type { JsonObject } from '../../../../../src/codec/json.ts'
import * as Signature from '../../../../../src/keys/signature.ts'
import { faultsOf, ok } from '../fault.ts'
import { actionOf, hearing, readingTerms, rewriting } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('lifecycle')

/** Payloads of these actions are written otherwise. */
const writes = (
  name: string,
  breaks: string,
  check: string,
  actions: readonly string[],
  change: (payload: JsonObject, headers: Headers) => void,
) =>
  named(name, breaks, [check], {
    fetch: rewriting(({ payload }, headers) => {
      if (actions.includes(String(payload['action']))) change(payload, headers)
    }),
  })

const without = (member: string) => (payload: JsonObject) => void delete payload[member]
const vouchers = ['open', 'voucher', 'close']

/** Repeats the first voucher after each later one. */
const repeating: NonNullable<ClientVariant['fetch']> = (fetch) => {
  let old: Parameters<typeof fetch> | undefined
  return async (...asked) => {
    const answer = await fetch(...asked)
    if (actionOf(asked[1]) !== 'voucher') return answer
    if (old !== undefined) await (await fetch(...old)).body?.cancel()
    old ??= asked
    return answer
  }
}

export const faults = [
  writes('opens-without-a-type', 'SESS-OPEN-001', 'open-payload', ['open'], without('type')),
  writes('tops-up-without-a-type', 'SESS-TOPUP-001', 'top-up-payload', ['topUp'], without('type')),
  writes(
    'vouchers-without-a-channel',
    'SESS-VOUCH-001',
    'voucher-payload',
    ['voucher'],
    without('channelId'),
  ),
  writes('closes-without-a-channel', 'SESS-CLOSE-001', 'close-payload', ['close'], without('channelId')),
  writes('vouchers-without-a-descriptor', 'SESS-DESC-001', 'descriptor', ['voucher'], without('descriptor')),
  writes('names-another-signer', 'SESS-OPEN-005', 'signer-agrees', ['open'], (payload) => {
    payload['authorizedSigner'] = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
  }),
  named('tops-up-without-a-challenge', 'SESS-TOPUP-002', ['top-up-challenge'], {
    fetch: rewriting(({ challenge, payload }) => {
      if (payload['action'] === 'topUp') delete challenge['id']
    }),
  }),
  writes('signs-in-64-bytes', 'SESS-SIG-006', 'canonical', vouchers, (payload) => {
    payload['signature'] = Signature.encodeCompact(Signature.decode(String(payload['signature'])))
  }),
  writes('sends-no-idempotency-key', 'SESS-IDEM-002', 'idempotency-key', vouchers, (_, headers) =>
    headers.delete('idempotency-key'),
  ),
  writes('writes-hex-in-capitals', 'SESS-ENC-001', 'lower-case', vouchers, (payload) => {
    const descriptor = payload['descriptor'] as JsonObject
    payload['descriptor'] = {
      ...descriptor,
      payer: String(descriptor['payer']).toUpperCase().replace('X', 'x'),
    }
  }),
  named('closes-for-less-than-it-had', 'SESS-CLOSE-001', ['close-taken', 'totals-rise'], {
    rules: { sign: { closeAmount: ({ authorized }) => authorized - 1_000n } },
  }),
  named('brings-an-operator', 'SESS-DESC-007', ['no-operator', 'paid'], {
    fetch: readingTerms((_, details) => {
      details['operator'] = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
    }),
  }),
  named('pays-somebody-else', 'CORE-CHAL-034', ['own-parties', 'paid'], {
    fetch: readingTerms((request) => {
      request['recipient'] = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
    }),
  }),
  named('deposits-less-than-a-unit', 'SESS-REQ-006', ['deposit-covers', 'top-up-first', 'paid'], {
    rules: {
      deposit: { covers: () => true, opening: ({ amount }) => ({ deposit: amount - 1n, choice: 'units' }) },
    },
  }),
  named('signs-before-it-tops-up', 'SESS-SSE-008', ['top-up-first', 'paid', 'printed'], {
    rules: { deposit: { covers: () => true } },
  }),
  named('sends-old-totals-again', 'SESS-CLI-001', ['totals-rise'], { fetch: repeating }),
  named('signs-three-units-ahead', 'SESS-SSE-014', ['within-delivery'], {
    rules: { sign: { withinStep: ok } },
    fetch: hearing('payment-need-voucher', (data) => {
      data['requiredCumulative'] = String(BigInt(String(data['requiredCumulative'])) + 3_000n)
    }),
  }),
  named('salts-all-alike', 'SESS-REQ-014', ['fresh-salt'], {
    options: { salt: () => `0x${'5a'.repeat(32)}` },
  }),
  named('prints-control-events', 'SESS-SSE-018', ['printed'], {
    async does(doing, usual) {
      await usual(doing)
      doing.print('event: payment-need-voucher')
    },
  }),
  named('prints-some-units-twice', 'SESS-SSE-018', ['printed'], {
    does: (doing, usual) =>
      usual({
        ...doing,
        print(line) {
          doing.print(line)
          if (line.startsWith('unit 005')) doing.print(line)
        },
      }),
  }),
]
