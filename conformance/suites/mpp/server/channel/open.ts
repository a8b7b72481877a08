/** A channel is opened for what its transaction really does, once, and only with a voucher of its signer. */

import { accountFromKey } from '../../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../../src/keys/keccak.ts'
import * as Signature from '../../../../../src/keys/signature.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, equal, holdsIf } from '../../../../kit/verdict.ts'
import type { OpenOptions, PreparedOpen } from '../../../../peers/mpp/payer/payer.ts'
import { receiptOf } from '../../../../peers/mpp/payer/subject.ts'
import type { Fixtures } from '../fixtures.ts'
import { type Attempt, accepts, refuses } from '../judge.ts'

/** A key nobody gave money or authority to. */
export const stranger = accountFromKey(keccakText('stranger'))

export const open = scenario({
  id: 'mpp/server/open',
  title: 'A channel opens for what its transaction does, once',
  checks: {
    'open.accepted': 'SESS-OPEN-015',
    'open.receipt': 'SESS-RCPT-001',
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
    const receipt = receiptOf(answer)
    await t.check('open.receipt', () =>
      holdsIf(
        receipt?.channelId === prepared.channel.id,
        `a receipt for ${prepared.channel.id}`,
        receipt?.channelId ?? 'none',
      ),
    )
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

    /** An open that deviates, and the lawful one as its twin. */
    const deviating = (options: OpenOptions, change: (open: PreparedOpen) => object = () => ({})) => ({
      act: async () => {
        const bad = await payer.prepareOpen(options)
        return payer.sendAltered(bad, change(bad))
      },
      twin: async () => payer.send(await payer.prepareOpen()),
      payer,
    })
    const lost = 'the payee serves and is never paid'
    await refuses(t, 'open.wrong-payee', {
      ...deviating({ calldata: { payee: stranger.address } }),
      money: lost,
    })
    await refuses(t, 'open.payee-not-recipient', {
      ...deviating({ calldata: { payee: stranger.address }, described: { payee: stranger.address } }),
      money: lost,
    })
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
      payer,
      money: 'credit on a channel that was not funded',
    })
    const ofDescriptors: Record<DescriptorCheck, Attempt> = {
      'open.hostile-operator': {
        ...deviating({ calldata: { operator: stranger.address }, described: { operator: stranger.address } }),
        money: 'a stranger can close the channel with nothing captured',
      },
      'open.wrong-nonce-hash': deviating({
        described: { expiringNonceHash: keccakText('another transaction') },
      }),
      'open.no-descriptor': deviating({}, () => ({ descriptor: undefined })),
    }
    for (const [check, attempt] of Object.entries(ofDescriptors))
      if (payer.protocol === 'v1') await t.check(check as DescriptorCheck, () => absent(noDescriptor))
      else await refuses(t, check as DescriptorCheck, attempt)
    if (units(1) > 1n)
      await refuses(t, 'open.small-deposit', deviating({ deposit: units(1) - 1n, initial: 0n }))
    else
      await t.check('open.small-deposit', () => absent('no deposit is less than a unit of the least price'))
    await refuses(t, 'open.voucher-above-deposit', {
      ...deviating({ deposit: payer.deposit, initial: payer.deposit + 1n }),
      money: 'what is above the deposit can never be collected',
    })
    await refuses(t, 'open.stranger-voucher', { ...deviating({ voucherBy: stranger }), money: lost })
    await refuses(t, 'open.high-s', {
      ...deviating({}, ({ payload }) => ({ signature: highS(payload.signature) })),
      money: 'the chain refuses such a voucher: the payee cannot collect it',
    })
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

/** Why a check of descriptors is skipped. */
export const noDescriptor = 'a v1 payload has no descriptor, and a v1 channel no operator'

/** The malleated twin of a signature: same message, same key, high s. */
export const highS = (signature: `0x${string}`): `0x${string}` =>
  Signature.encode(Signature.malleated(Signature.decode(signature)))

/** Calldata of a token transfer of one base unit. */
const encodeTransfer = (to: `0x${string}`): `0x${string}` =>
  `0xa9059cbb${to.slice(2).padStart(64, '0')}${'1'.padStart(64, '0')}`
