/** A voucher moves the accepted amount forward, once, up to the deposit, and only by the channel's own signer. */

import type { Domain } from '../../../../../src/contracts/voucher.ts'
import { keccakText } from '../../../../../src/keys/keccak.ts'
import * as Signature from '../../../../../src/keys/signature.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, holds, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { receiptFrom } from '../../../../peers/mpp/payer/receipt.ts'
import { judgeLabel } from '../answers.ts'
import { noDescriptor, onVoucher, refusesVouchers, uncollectable } from '../attempts.ts'
import type { Fixtures } from '../fixtures.ts'
import { highS } from '../signatures.ts'
import { stranger } from '../strangers.ts'
import { accepts, refuses, refusesAs } from '../verbs.ts'

export const voucher = scenario({
  id: 'mpp/server/voucher',
  title: 'A voucher moves the accepted amount forward, once, up to the deposit',
  checks: {
    'voucher.advances': 'SESS-VOUCH-010',
    'voucher.receipt': 'SESS-RCPT-001',
    'voucher.equal': 'SESS-VOUCH-006',
    'voucher.equal-buys-nothing': 'SESS-ACCT-012',
    'voucher.at-deposit': 'SESS-VOUCH-008',
    'voucher.head': 'SESS-SETL-006',
    'voucher.no-source': 'CORE-CRED-004',
    'voucher.unknown-member': 'SESS-CRED-002',
    'voucher.mixed-case': ['SESS-ACCT-003', 'SESS-ENC-002'],
    'voucher.compact': 'SESS-SIG-008',
    'voucher.lower': 'SESS-VOUCH-005',
    'voucher.over-deposit': 'SESS-VOUCH-008',
    'voucher.over-deposit-label': 'SESS-ERR-005',
    'voucher.stranger': ['SESS-VOUCH-003', 'SESS-SIG-010'],
    'voucher.stranger-label': 'SESS-ERR-004',
    'voucher.high-s': 'SESS-SIG-007',
    'voucher.high-s-label': 'SESS-ERR-003',
    'voucher.other-chain': 'SESS-SIG-012',
    'voucher.other-escrow': 'SESS-SIG-012',
    'voucher.other-protocol': 'SESS-SIG-012',
    'voucher.other-channel': 'SESS-VOUCH-015',
    'voucher.equal-junk': 'SESS-VOUCH-011',
    'voucher.other-descriptor': 'SESS-VOUCH-002',
    'voucher.unknown-channel': 'SESS-ERR-001',
    'voucher.unknown-channel-label': 'SESS-ERR-007',
    'voucher.bad-amount': 'SESS-ENC-007',
    'voucher.missing-field': 'SESS-CRED-004',
    'voucher.unknown-action': 'SESS-FEE-007',
    'voucher.no-receipt-on-refusal': 'SESS-ERR-011',
    'voucher.challenge-on-refusal': 'SESS-ERR-002',
  },
  faults: () => import('./voucher.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { payer, units } = fixtures
    const channel = await payer.open()
    const first = await channel.voucher(units(3))
    await accepts(t, 'voucher.advances', async () => first)
    if (!first.accepted) throw new Blocked('no voucher is accepted')
    await t.check('voucher.receipt', () =>
      equal(receiptFrom(first, payer.subject)?.acceptedCumulative, units(3), 'acceptedCumulative'),
    )
    await t.check('voucher.equal', async () => {
      const again = await channel.voucher(units(3))
      await again.text()
      const accepted = receiptFrom(again, payer.subject)?.acceptedCumulative
      return holdsIf(
        again.accepted && accepted === units(3),
        `2xx, accepted ${units(3)}`,
        `${again.status}, accepted ${accepted}`,
      )
    })
    await t.check('voucher.equal-buys-nothing', async () => equal((await channel.books()).spent, 0n, 'spent'))
    await t.check('voucher.at-deposit', async () => {
      const whole = await payer.open()
      const answer = await whole.voucher(whole.deposit)
      await answer.text()
      return holdsIf(answer.accepted, '2xx for exactly the deposit', String(answer.status))
    })
    await t.check('voucher.head', async () => {
      const answer = await channel.voucher(units(4), {}, { method: 'HEAD' })
      await answer.text()
      return holdsIf(
        answer.accepted && receiptFrom(answer, payer.subject) !== undefined,
        '2xx with a receipt',
        String(answer.status),
      )
    })
    await lawfulForms(t, fixtures)
    await amounts(t, fixtures)
    await signatures(t, fixtures)
    await forms(t, fixtures)
  },
})

type T = Parameters<typeof voucher.run>[0]

/** Forms that look odd and must be taken. */
async function lawfulForms(t: T, { payer, units }: Fixtures): Promise<void> {
  const taken = (
    check: Parameters<T['check']>[0],
    why: string,
    sent: (channel: ChannelUnderTest) => Promise<Exchange>,
  ) =>
    t.check(check, async () => {
      const channel = await payer.open()
      const answer = await sent(channel)
      await answer.text()
      if (!answer.accepted) return broken(`2xx: ${why}`, String(answer.status))
      return equal((await channel.books()).accepted, units(2), 'accepted')
    })
  await taken('voucher.no-source', 'source is optional', (channel) =>
    channel.voucher(units(2), {}, { source: null }),
  )
  await taken('voucher.unknown-member', 'unknown members are ignored', (channel) =>
    channel.voucher(units(2), { later: { version: 2 } }),
  )
  await taken('voucher.mixed-case', 'upper-case hex names the same channel', (channel) => {
    const upper = (hex: string) => `0x${hex.slice(2).toUpperCase()}`
    return channel.voucher(units(2), channel.spelt(upper))
  })
  await t.check('voucher.compact', async () => {
    const channel = await payer.open()
    const lawful = await channel.signVoucher(units(2))
    const compact = Signature.encodeCompact(Signature.decode(lawful.signature))
    const answer = channel.took(
      await channel.send({ ...Payload.toJson(lawful), signature: compact }),
      units(2),
    )
    await answer.text()
    // v2 chains take 65 bytes only, so a server may refuse the short form (spec/readings.md A3).
    return answer.accepted
      ? holds
      : broken('2xx: 64-byte EIP-2098 is an accepted format', String(answer.status), { softly: true })
  })
}

async function amounts(t: T, fixtures: Fixtures): Promise<void> {
  const { units } = fixtures
  const signed = async (channel: ChannelUnderTest, amount: bigint) =>
    Payload.toJson(await channel.signVoucher(amount))
  await refuses(t, 'voucher.lower', () =>
    onVoucher(fixtures, async (channel) => channel.send(await signed(channel, units(2)))),
  )
  await refusesAs(
    t,
    'voucher.over-deposit',
    'voucher.over-deposit-label',
    ['session/amount-exceeds-deposit'],
    () =>
      onVoucher(
        fixtures,
        async (channel) => channel.send(await signed(channel, channel.deposit + 1n)),
        'what is above the deposit can never be collected',
      ),
  )
  const texts = ['-1', '1e3', '0x3e8', ' 4000', '4000.0', '', (2n ** 128n + units(4)).toString(), 4000]
  const acts = texts.map((cumulativeAmount) => {
    const note = `cumulativeAmount ${JSON.stringify(cumulativeAmount)}`
    const act = async (channel: ChannelUnderTest) =>
      channel.send({ ...(await signed(channel, units(4))), cumulativeAmount }, { note })
    return [note, act] as const
  })
  await refusesVouchers(t, 'voucher.bad-amount', fixtures, Object.fromEntries(acts))
}

async function signatures(t: T, fixtures: Fixtures): Promise<void> {
  const { payer, units } = fixtures
  /** A voucher for four units with something wrong in how it is signed. */
  const wrong = (build: (channel: ChannelUnderTest) => Promise<object>) =>
    onVoucher(fixtures, async (channel) => channel.send(await build(channel)), uncollectable)
  const signedBy = async (channel: ChannelUnderTest, change: Partial<Domain>) =>
    Payload.toJson(await channel.signVoucher(units(4), undefined, { ...channel.domain, ...change }))

  await refusesAs(
    t,
    'voucher.stranger',
    'voucher.stranger-label',
    ['session/signer-mismatch', 'session/invalid-signature'],
    () =>
      wrong(async (channel) => ({
        ...Payload.toJson(await channel.signVoucher(units(4), stranger)),
        authorizedSigner: stranger.address,
      })),
  )
  await refusesAs(t, 'voucher.high-s', 'voucher.high-s-label', ['session/invalid-signature'], () =>
    onVoucher(
      fixtures,
      async (channel) => {
        const lawful = await channel.signVoucher(units(4))
        return channel.send({ ...Payload.toJson(lawful), signature: highS(lawful.signature) })
      },
      uncollectable,
    ),
  )
  await refuses(t, 'voucher.other-chain', () =>
    wrong((channel) => signedBy(channel, { chainId: channel.domain.chainId + 1 })),
  )
  await refuses(t, 'voucher.other-escrow', () =>
    wrong((channel) => signedBy(channel, { escrow: stranger.address })),
  )
  const otherProtocol = payer.protocol === 'v1' ? 'v2' : 'v1'
  await refuses(t, 'voucher.other-protocol', () =>
    wrong((channel) => signedBy(channel, { protocol: otherProtocol })),
  )
  await refuses(t, 'voucher.other-channel', async () => {
    const { signature } = await (await payer.open()).signVoucher(units(4))
    return wrong(async (channel) => ({
      ...Payload.toJson(await channel.signVoucher(units(4))),
      signature,
    }))
  })
  await refuses(t, 'voucher.equal-junk', () =>
    onVoucher(
      fixtures,
      (channel) => channel.voucher(units(3), { signature: `0x${'5a'.repeat(64)}1b` }, { method: 'GET' }),
      "whoever knows a channel id can spend its payer's balance",
    ),
  )
}

async function forms(t: T, fixtures: Fixtures): Promise<void> {
  const { payer, units } = fixtures
  /** A lawful voucher for four units with a member changed. */
  const changed = (change: (channel: ChannelUnderTest) => object) =>
    onVoucher(fixtures, async (channel) => {
      const payload = Payload.toJson(await channel.signVoucher(units(4)))
      return channel.send({ ...payload, ...change(channel) })
    })
  if (payer.protocol === 'v1') await t.check('voucher.other-descriptor', () => absent(noDescriptor))
  else
    await refuses(t, 'voucher.other-descriptor', () =>
      changed(({ descriptor }) => ({
        descriptor: { ...descriptor, salt: keccakText('another salt') },
      })),
    )
  await refuses(t, 'voucher.missing-field', () => changed(() => ({ signature: undefined })))
  await refuses(t, 'voucher.unknown-action', () => changed(() => ({ action: 'refund' })))

  await ofUnopened(t, fixtures)
  await t.check('voucher.challenge-on-refusal', async () => {
    const channel = await payer.open()
    const refused = await channel.voucher(units(2), { signature: `0x${'11'.repeat(64)}1b` })
    await refused.text()
    const offered = /payment/i.test(refused.field('www-authenticate') ?? '')
    return holdsIf(refused.status !== 402 || offered, 'a fresh challenge with 402', 'none')
  })
}

/** A voucher for a channel that was never opened. */
async function ofUnopened(t: T, { payer, units }: Fixtures): Promise<void> {
  const checks = [
    'voucher.unknown-channel',
    'voucher.unknown-channel-label',
    'voucher.no-receipt-on-refusal',
  ] as const
  if (!t.wants(...checks)) return
  const unopened = await payer.prepareOpen()
  const answer = await unopened.channel.voucher(units(1))
  const body = await answer.text()
  await t.check('voucher.unknown-channel', () =>
    holdsIf(answer.status >= 400, 'a refusal', String(answer.status)),
  )
  await t.check('voucher.unknown-channel-label', () =>
    judgeLabel(answer, body, ['session/channel-not-found']),
  )
  await t.check('voucher.no-receipt-on-refusal', () =>
    holdsIf(answer.field('payment-receipt') === undefined, 'no Payment-Receipt', 'one'),
  )
}
