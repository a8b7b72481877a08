/** One stream, bought from the 402 to the close: what each payload holds, and how the totals go. */
import * as Hex from '../../../../../src/codec/hex.ts'
import * as Uint from '../../../../../src/codec/uint.ts'
import * as SessionRequest from '../../../../../src/mpp/wire/session-request.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, holds } from '../../../../kit/verdict.ts'
import { depositIn } from '../../../../peers/mpp/payee/shop/channels.ts'
import type { Seen } from '../../../../peers/mpp/payee/shop/sent.ts'
import { unitText } from '../../../../peers/mpp/payee/shop/witness.ts'
import type { Fixtures } from '../fixtures.ts'
import { actionOf, each, eachIfAny, type Paid, paidIn } from '../looks.ts'
import { usualDeposit, v2Alone } from '../offers.ts'
import { pays } from '../verbs.ts'

/** What a payload lacks of what it must hold. */
const lacking =
  (...names: readonly string[]) =>
  ({ credential: { raw } }: Paid): string | undefined => {
    const missing = names.find((name) => raw[name] === undefined)
    return missing === undefined ? undefined : `no ${missing}`
  }

const noTopUp = 'the client deposits enough at first, and tops nothing up'

export const lifecycle = scenario({
  id: 'mpp/client/lifecycle',
  title: 'From the 402 to the close: everything arrives, and exactly that is paid',
  checks: {
    'lifecycle.paid': 'SESS-SSE-008',
    'lifecycle.printed': 'SESS-SSE-018',
    'lifecycle.open-payload': 'SESS-OPEN-001',
    'lifecycle.voucher-payload': 'SESS-VOUCH-001',
    'lifecycle.top-up-payload': 'SESS-TOPUP-001',
    'lifecycle.close-payload': 'SESS-CLOSE-001',
    'lifecycle.close-taken': 'SESS-CLOSE-001',
    'lifecycle.descriptor': 'SESS-DESC-001',
    'lifecycle.no-operator': 'SESS-DESC-007',
    'lifecycle.signer-agrees': 'SESS-OPEN-005',
    'lifecycle.top-up-challenge': 'SESS-TOPUP-002',
    'lifecycle.deposit-covers': 'SESS-REQ-006',
    'lifecycle.top-up-first': 'SESS-SSE-008',
    'lifecycle.totals-rise': ['SESS-CLI-001', 'SESS-VOUCH-014'],
    'lifecycle.within-delivery': 'SESS-SSE-014',
    'lifecycle.canonical': 'SESS-SIG-006',
    'lifecycle.idempotency-key': 'SESS-IDEM-002',
    'lifecycle.fresh-salt': 'SESS-REQ-014',
    'lifecycle.own-parties': ['SESS-CLI-002', 'CORE-CHAL-034'],
    'lifecycle.lower-case': 'SESS-ENC-001',
  },
  faults: async () => (await import('./lifecycle.faults.ts')).faults,
  async run(t, { open, protocol }: Fixtures) {
    const shop = await open({ tolerant: true, offer: { suggestedDeposit: usualDeposit } })
    const { ran } = await shop.visit()
    await pays(t, 'lifecycle.paid', shop)
    await t.check('lifecycle.printed', () => {
      const sent = Array.from({ length: 8 }, (_, at) => unitText(at + 1))
      const lines = ran.stdout
        .split(/\r?\n/)
        .filter((line) => line.startsWith('unit ') || /payment-/.test(line))
      if (!lines.some((line) => sent.includes(line)))
        return absent('the client prints no unit on a line of its own')
      const got = lines.join(' | ')
      return got === sent.join(' | ') ? holds : broken('every unit once, in order, and nothing else', got)
    })
    await t.check('lifecycle.open-payload', () =>
      each(
        paidIn(shop, 'open'),
        'all that an open holds',
        lacking('channelId', 'type', 'transaction', 'cumulativeAmount', 'signature'),
      ),
    )
    await t.check('lifecycle.voucher-payload', () =>
      each(
        paidIn(shop, 'voucher'),
        'all that a voucher holds',
        lacking('channelId', 'cumulativeAmount', 'signature'),
      ),
    )
    await t.check('lifecycle.top-up-payload', () =>
      eachIfAny(
        paidIn(shop, 'topup'),
        noTopUp,
        'all that a top-up holds',
        lacking('channelId', 'type', 'transaction', 'additionalDeposit'),
      ),
    )
    const closes = paidIn(shop, 'close')
    const left = () => absent('the client leaves its channel open')
    await t.check('lifecycle.close-payload', () =>
      closes.length === 0
        ? left()
        : each(closes, 'all that a close holds', lacking('channelId', 'cumulativeAmount', 'signature')),
    )
    await t.check('lifecycle.close-taken', () => {
      if (closes.length === 0) return left()
      const taken = closes.some(({ status = 500 }) => status < 300)
      return taken ? holds : broken('a close that can be taken', `answered ${closes.at(-1)?.status}`)
    })
    await t.check('lifecycle.descriptor', () =>
      protocol === 'v1'
        ? absent(v2Alone)
        : each(paidIn(shop), 'a descriptor of seven members', ({ credential: { raw } }) => {
            const descriptor = raw['descriptor'] as Record<string, unknown> | undefined
            return Object.keys(descriptor ?? {}).length >= 7 ? undefined : 'it has none, or less'
          }),
    )
    const channel = () => {
      const [found] = shop.channels.all
      if (found === undefined) throw new Blocked('no channel was opened')
      return found
    }
    await t.check('lifecycle.no-operator', () =>
      protocol === 'v1'
        ? absent(v2Alone)
        : channel().descriptor.operator === Hex.zeroAddress
          ? holds
          : broken('the zero address', channel().descriptor.operator),
    )
    await t.check('lifecycle.signer-agrees', () =>
      each(paidIn(shop, 'open'), 'authorizedSigner as in the descriptor', ({ credential: { raw } }) => {
        const said = raw['authorizedSigner']
        const own = channel().descriptor.authorizedSigner
        return said === undefined || String(said).toLowerCase() === own ? undefined : `${said}`
      }),
    )
    await t.check('lifecycle.top-up-challenge', () =>
      eachIfAny(paidIn(shop, 'topup'), noTopUp, 'a challenge', ({ credential: { challenge } }) =>
        typeof challenge['id'] === 'string' ? undefined : 'none',
      ),
    )
    await t.check('lifecycle.deposit-covers', () =>
      channel().opening >= shop.price ? holds : broken('one unit at least', `${channel().opening}`),
    )
    const amounts = paidIn(shop).map((paid) => ({ paid, amount: amountOf(paid) }))
    await t.check('lifecycle.top-up-first', () => {
      let deposit = 0n
      for (const { paid, amount } of amounts) {
        const payload = paid.credential.payload
        if (payload !== undefined && 'transaction' in payload)
          deposit += depositIn(payload.transaction)?.amount ?? 0n
        if (amount > deposit)
          return broken('a top-up before the voucher that needs it', `${amount} signed, ${deposit} deposited`)
      }
      return holds
    })
    await t.check('lifecycle.totals-rise', () => {
      let highest = 0n
      for (const { paid, amount } of amounts) {
        if (actionOf(paid.credential) === 'topUp') continue
        if (amount < highest) return broken('totals that never fall', `${amount} after ${highest}`)
        highest = amount
      }
      return holds
    })
    await t.check('lifecycle.within-delivery', () => {
      const over = ahead(shop.seen)
      return over <= shop.price
        ? holds
        : broken('one unit ahead of delivery', `${Uint.toDecimal(over)} ahead`)
    })
    await t.check('lifecycle.canonical', () =>
      each(paidIn(shop, 'open', 'voucher', 'close'), '65 bytes with v 27 or 28', ({ credential: { raw } }) =>
        /^0x[0-9a-f]{128}1[bc]$/i.test(String(raw['signature'])) ? undefined : `${raw['signature']}`,
      ),
    )
    await t.check('lifecycle.idempotency-key', () =>
      each(
        paidIn(shop).filter(({ method }) => method === 'GET'),
        'an Idempotency-Key with what is paid for',
        ({ headers }) => (headers.has('idempotency-key') ? undefined : 'none'),
      ),
    )
    await t.check('lifecycle.lower-case', () =>
      each(paidIn(shop), 'hex in lower case', ({ credential: { raw } }) => {
        const shouted = /"0[xX][0-9a-f]*[A-F][0-9a-fA-F]*"/.exec(JSON.stringify(raw))
        return shouted === null ? undefined : shouted[0].slice(0, 20)
      }),
    )
    await t.check('lifecycle.own-parties', () => {
      const { payee, payer } = channel().descriptor
      const asked = SessionRequest.decode(shop.issued[0]?.params.get('request') ?? '')
      return payee === asked.recipient && payer === shop.options.payer.address
        ? holds
        : broken(`from the payer to ${asked.recipient}`, `from ${payer} to ${payee}`)
    })
    await shop.visit()
    await t.check('lifecycle.fresh-salt', () => {
      const salts = shop.channels.all.map(({ descriptor }) => descriptor.salt)
      if (salts.length < 2) return absent('the client goes on with its channel')
      return new Set(salts).size === salts.length ? holds : broken('a salt of its own', 'the same again')
    })
  },
})

/** The total a credential is signed for; none for a top-up. */
function amountOf({ credential: { raw } }: Paid): bigint {
  const amount = raw['cumulativeAmount']
  return typeof amount === 'string' && /^[0-9]+$/.test(amount) ? BigInt(amount) : 0n
}

/** How far a voucher went ahead of what had been sent by then, at most. */
const ahead = (seen: readonly Seen[]): bigint =>
  seen.reduce((most, one) => (one.ahead > most ? one.ahead : most), 0n)
