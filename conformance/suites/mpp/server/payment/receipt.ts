/** The receipt of a paid response: there, private, and in its form. */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import * as Json from '../../../../../src/codec/json.ts'
import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, holds, holdsIf } from '../../../../kit/verdict.ts'
import { buy } from '../../../../peers/mpp/payer/purchase.ts'
import { jsonOf } from '../../../../peers/mpp/payer/receipt.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'

export const receipt = scenario({
  id: 'mpp/server/receipt',
  title: 'A paid response carries its receipt, for the payer alone',
  needs: ['plain'],
  checks: {
    'receipt.present': 'CORE-RCPT-001',
    'receipt.private': 'CORE-RCPT-007',
    'receipt.encoding': 'CORE-RCPT-002',
    'receipt.members': 'CORE-RCPT-003',
    'receipt.success': 'CORE-RCPT-004',
    'receipt.timestamp': 'CORE-RCPT-006',
  },
  faults: () => import('./receipt.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer }: Fixtures) {
    const plain = subject.at('plain')
    const channel = await (await anotherPayer(plain)).open()
    const { served, answer, body } = await buy(channel, plain.units(2))
    if (!served) throw new Blocked(`a paid request was answered ${describe(answer, body)}`)
    const text = answer.field('payment-receipt')
    await t.check('receipt.present', () => holdsIf(text !== undefined, 'a Payment-Receipt', 'none'))
    await t.check('receipt.private', () => {
      const cache = answer.field('cache-control') ?? 'none'
      return holdsIf(/\bprivate\b/i.test(cache), 'Cache-Control: private', cache)
    })
    if (text === undefined) throw new Blocked('there is no receipt to look at')
    await t.check('receipt.encoding', () => {
      try {
        const value = Json.decode(Utf8.decode(Base64url.decode(text)))
        return holdsIf(Json.isObject(value), 'a JSON object', text.slice(0, 80))
      } catch (error) {
        if (error instanceof DecodeError) return broken('unpadded base64url of JSON', error.message)
        throw error
      }
    })
    // However it is encoded: what is in it is judged apart.
    const members = jsonOf(text)
    if (!Json.isObject(members)) throw new Blocked('the receipt cannot be decoded (see receipt.encoding)')
    /** A member that is text; what is none is for the check of members. */
    const said = (name: string): string => {
      const value = members[name]
      if (typeof value === 'string') return value
      throw new Blocked(`the receipt has no text as ${name} (see receipt.members)`)
    }
    await t.check('receipt.members', () => {
      const wrong = ['status', 'method', 'timestamp', 'reference'].filter(
        (name) => typeof members[name] !== 'string',
      )
      return holdsIf(wrong.length === 0, 'status, method, timestamp, reference as text', `not ${wrong}`)
    })
    await t.check('receipt.success', () =>
      holdsIf(said('status') === 'success', 'status success', JSON.stringify(said('status'))),
    )
    await t.check('receipt.timestamp', () => {
      const timestamp = said('timestamp')
      try {
        Timestamp.decode(timestamp)
        return holds
      } catch (error) {
        if (error instanceof DecodeError) return broken('an RFC 3339 date-time', JSON.stringify(timestamp))
        throw error
      }
    })
  },
})
