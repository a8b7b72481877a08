/** A channel is opened for what its transaction really does, once, and only with a voucher of its signer. */

import { keccakText } from '../../../../../src/keys/keccak.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, holds, holdsIf } from '../../../../kit/verdict.ts'
import { malformed, receiptFrom } from '../../../../peers/mpp/payer/receipt.ts'
import { noDescriptor, onOpen } from '../attempts.ts'
import type { Fixtures } from '../fixtures.ts'
import { highS } from '../signatures.ts'
import { stranger } from '../strangers.ts'
import { type Attempt, accepts, refuses } from '../verbs.ts'

export const open = scenario({
  id: 'mpp/server/open',
  title: 'A channel opens for what its transaction does, once',
  checks: {
    'open.accepted': 'SESS-OPEN-015',
    'open.receipt': 'SESS-RCPT-001',
    'open.receipt-form': ['SESS-RCPT-002', 'CORE-RCPT-002'],
    'open.on-chain': 'SESS-OPEN-007',
    'open.unspent': 'SESS-RCPT-005',
    'open.zero-voucher': 'SESS-OPEN-014',
    'open.no-source': 'CORE-CRED-004',
    'open.wrong-payee': ['SESS-OPEN-002', 'SESS-OPEN-008'],
    'open.payee-not-recipient': 'SESS-DESC-002',
    'open.hostile-operator': ['SESS-DESC-004', 'CHAN-OPER-001'],
    'open.wrong-channel-id': 'SESS-OPEN-018',
    'open.wrong-nonce-hash': 'SESS-DESC-005',
    'open.no-descriptor': 'SESS-DESC-008',
    'open.small-deposit': 'SESS-OPEN-010',
    'open.voucher-above-deposit': 'SESS-OPEN-017',
    'open.stranger-voucher': 'SESS-OPEN-013',
    'open.high-s': 'SESS-SIG-007',
    'open.extra-call': 'SESS-FEE-009',
  },
  faults: () => import('./open.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { payer, units, subject } = fixtures
    const prepared = await payer.prepareOpen()
    const answer = await payer.send(prepared)
    await answer.text()
    await accepts(t, 'open.accepted', async () => answer)
    if (!answer.accepted) throw new Blocked('no channel can be opened')
    await t.check('open.receipt', () => {
      const channelId = receiptFrom(answer)?.channelId
      const { id } = prepared.channel
      return holdsIf(channelId === id, `a receipt for ${id}`, channelId ?? 'none')
    })
    // The one place where its form is judged: elsewhere it is read as far as it can be.
    await t.check('open.receipt-form', () => {
      if (answer.field('payment-receipt') === undefined) throw new Blocked('there is no receipt to read')
      const wrong = malformed(answer)
      return wrong === undefined ? holds : broken('unpadded base64url of a whole session receipt', wrong)
    })
    await t.check('open.on-chain', async () =>
      equal((await prepared.channel.slot()).deposit, payer.deposit, 'deposit'),
    )
    await t.check('open.unspent', async () => equal((await prepared.channel.books()).spent, 0n, 'spent'))

    await t.check('open.zero-voucher', async () => {
      const zero = await payer.send(await payer.prepareOpen({ initial: 0n }))
      await zero.text()
      return holdsIf(zero.accepted, '2xx: an initial voucher of 0 is typical', String(zero.status))
    })
    await t.check('open.no-source', async () => {
      const anonymous = await payer.send(await payer.prepareOpen(), { source: null })
      await anonymous.text()
      return holdsIf(anonymous.accepted, '2xx: source is optional', String(anonymous.status))
    })

    const lost = 'the payee serves and is never paid'
    const payee = stranger.address
    await refuses(t, 'open.wrong-payee', onOpen(payer, { calldata: { payee } }, undefined, lost))
    await refuses(
      t,
      'open.payee-not-recipient',
      onOpen(payer, { calldata: { payee }, described: { payee } }, undefined, lost),
    )
    await refuses(t, 'open.wrong-channel-id', {
      act: async () => {
        const bad = await payer.prepareOpen()
        const claimed = { ...bad.channel.descriptor, salt: keccakText('another channel') }
        const channelId = bad.channel.backing.idOf(claimed)
        const { signature } = await bad.channel.signVoucher(bad.payload.cumulativeAmount, payer.account, {
          ...bad.channel.domain,
          channelId,
        })
        return payer.sendAltered(bad, { channelId, signature })
      },
      twin: async () => payer.send(await payer.prepareOpen()),
      position: payer.position,
      money: 'credit on a channel that was not funded',
    })
    const operator = stranger.address
    const ofDescriptors: readonly (readonly [DescriptorCheck, Attempt])[] = [
      [
        'open.hostile-operator',
        onOpen(
          payer,
          { calldata: { operator }, described: { operator } },
          undefined,
          'a stranger can close the channel with nothing captured',
        ),
      ],
      [
        'open.wrong-nonce-hash',
        onOpen(payer, { described: { expiringNonceHash: keccakText('another transaction') } }),
      ],
      ['open.no-descriptor', onOpen(payer, {}, () => ({ descriptor: undefined }))],
    ]
    for (const [check, attempt] of ofDescriptors)
      if (payer.protocol === 'v1') await t.check(check, () => absent(noDescriptor))
      else await refuses(t, check, attempt)
    if (units(1) > 1n)
      await refuses(t, 'open.small-deposit', onOpen(payer, { deposit: units(1) - 1n, initial: 0n }))
    else
      await t.check('open.small-deposit', () => absent('no deposit is less than a unit of the least price'))
    const { deposit } = payer
    await refuses(
      t,
      'open.voucher-above-deposit',
      onOpen(
        payer,
        { deposit, initial: deposit + 1n },
        undefined,
        'what is above the deposit can never be collected',
      ),
    )
    await refuses(t, 'open.stranger-voucher', onOpen(payer, { voucherBy: stranger }, undefined, lost))
    await refuses(
      t,
      'open.high-s',
      onOpen(
        payer,
        {},
        ({ payload }) => ({ signature: highS(payload.signature) }),
        'the chain refuses such a voucher: the payee cannot collect it',
      ),
    )
    const transfer = { to: subject.terms.currency, data: encodeTransfer(stranger.address) }
    await t.check('open.extra-call', async () => {
      // Unsponsored, a second call is the payer's own business (spec/readings.md A23).
      if (subject.terms.methodDetails.feePayer !== true) return absent('the server does not pay fees')
      const bad = await payer.prepareOpen({ alongside: [transfer] })
      const sent = await payer.send(bad)
      await sent.text()
      // If it was broadcast after all, the payer is one base unit poorer by its own doing.
      if (sent.accepted) payer.gave(1n)
      return holdsIf(!sent.accepted, 'a refusal to sponsor a second call', String(sent.status))
    })
  },
})

type DescriptorCheck = 'open.hostile-operator' | 'open.wrong-nonce-hash' | 'open.no-descriptor'

/** Calldata of a token transfer of one base unit. */
const encodeTransfer = (to: `0x${string}`): `0x${string}` =>
  `0xa9059cbb${to.slice(2).padStart(64, '0')}${'1'.padStart(64, '0')}`
