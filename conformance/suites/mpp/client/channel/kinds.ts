/** Channels of every kind: in an escrow contract, with fees the payee pays, signed by a delegate, for several requests at once. */

import type { Hex } from '../../../../../src/codec/hex.ts'
import * as Voucher from '../../../../../src/contracts/voucher.ts'
import { devAccounts, type KeyAccount } from '../../../../../src/keys/accounts.ts'
import * as Signature from '../../../../../src/keys/signature.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, holds } from '../../../../kit/verdict.ts'
import { depositIn } from '../../../../peers/mpp/payee/shop/channels.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import type { Fixtures } from '../fixtures.ts'
import { each, eachIfAny, paidIn, softly } from '../looks.ts'
import { type Ability, abilities } from '../offers.ts'
import { pays, shortcoming } from '../verbs.ts'

const delegate = devAccounts[5] as KeyAccount

export const kinds = scenario({
  id: 'mpp/client/kinds',
  title: 'Every kind of channel is paid for exactly',
  checks: {
    'kinds.v1': 'SESS-PROTO-003',
    'kinds.v1-domain': ['SESS-PROTO-003', 'SESS-SIG-004'],
    'kinds.sponsored': 'SESS-FEE-001',
    'kinds.no-fee': 'SESS-FEE-001',
    'kinds.item': 'SESS-SSE-008',
    'kinds.receipt-for-an-open': 'SESS-OPEN-001',
    'kinds.parallel': 'SESS-SSE-014',
    'kinds.body': 'CORE-CHAL-018',
    'kinds.body-digest': 'CORE-CHAL-018',
    'kinds.delegated': 'SESS-OPEN-005',
    'kinds.delegate-signs': 'SESS-OPEN-005',
  },
  faults: async () => (await import('./kinds.faults.ts')).faults,
  async run(t, { open, can }: Fixtures) {
    const able = async (ability: Ability, checks: readonly (keyof typeof kinds.checks & string)[]) => {
      if (can(ability)) return true
      for (const check of checks) await t.check(check, () => absent(abilities[ability]))
      return false
    }
    // The deposit lasts: whether a client can top such a channel up is judged by the run on v1 channels.
    const v1 = await open({ offer: { sessionProtocol: 'v1', suggestedDeposit: '0.010' } })
    await v1.visit()
    if (paidIn(v1).length === 0) {
      for (const check of ['kinds.v1', 'kinds.v1-domain'] as const)
        await t.check(check, () => absent('the client declines v1 channels'))
    } else {
      await pays(t, 'kinds.v1', v1)
      await t.check('kinds.v1-domain', () => {
        const known = oneOf(v1)
        return v1.channels.signed(known.id) > 0n && known.domain.protocol === 'v1'
          ? holds
          : broken('vouchers signed for the escrow', 'none that its channel takes')
      })
    }
    const sponsored = await open({ offer: { feePayer: true } })
    const unsponsored = 'the client opens no channel with fees that the payee pays'
    await pays(t, 'kinds.sponsored', sponsored, { declining: unsponsored })
    await t.check('kinds.no-fee', () =>
      eachIfAny(
        paidIn(sponsored, 'open', 'topup'),
        unsponsored,
        'a transaction that awaits its fee payer, and names no token for the fee',
        ({ credential }) => {
          const { feePayer, feeToken } = depositIn(credential.raw['transaction'] as Hex)?.transaction ?? {}
          if (feePayer !== 'awaited') return `paid by ${feePayer}`
          return feeToken === undefined ? undefined : `a fee in ${feeToken}`
        },
      ),
    )
    await pays(t, 'kinds.item', await open({ path: '/item' }), { units: 1 })
    // No text says that a client asks again: SDKs and servers do it so.
    await t.check('kinds.receipt-for-an-open', async () => {
      const muted = await open({ path: '/item', mutedOpen: true })
      await muted.visit()
      const short = await shortcoming(muted, 1)
      return short === undefined ? holds : softly(broken('every unit, paid for exactly', short))
    })
    if (await able('parallel', ['kinds.parallel'])) {
      await pays(t, 'kinds.parallel', await open({ path: '/item', env: { REQUESTS: '5' } }), { units: 5 })
    }
    if (await able('bodies', ['kinds.body', 'kinds.body-digest'])) {
      const posted = await open({ path: '/item', env: { METHOD: 'POST', BODY: 'what is asked' } })
      await pays(t, 'kinds.body', posted, { units: 1 })
      await t.check('kinds.body-digest', () =>
        each(
          paidIn(posted).filter(({ credential: { challenge } }) => challenge['digest'] !== undefined),
          'the body that the challenge was issued for',
          ({ body }) => (body === 'what is asked' ? undefined : `${body.length} bytes of another`),
        ),
      )
    }
    if (await able('delegates', ['kinds.delegated', 'kinds.delegate-signs'])) {
      const delegated = await open({ env: { SIGNER_PRIVATE_KEY: delegate.privateKey } })
      await pays(t, 'kinds.delegated', delegated)
      await t.check('kinds.delegate-signs', () => {
        const { domain, id: channelId } = oneOf(delegated)
        return each(
          paidIn(delegated, 'open', 'voucher', 'close'),
          'a voucher of the delegate',
          ({ credential }) => {
            const { signature, cumulativeAmount } = credential.raw
            const voucher = { channelId, cumulativeAmount: BigInt(String(cumulativeAmount)) }
            const digest = Voucher.digest(voucher, domain)
            const by = Signature.recover(Signature.decode(String(signature)), digest)
            return by === delegate.address ? undefined : `signed by ${by}`
          },
        )
      })
    }
  },
})

/** The one channel of a shop. */
function oneOf({ channels }: Shop) {
  const [found] = channels.all
  if (found === undefined) throw new Blocked('no channel was opened')
  return found
}
