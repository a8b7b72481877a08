/** A server that pays fees pays them for the opens and top-ups it asked for, and for nothing else. */

import type { Hex } from '../../../../../src/codec/hex.ts'
import { abi as tokenAbi } from '../../../../../src/contracts/token-abi.ts'
import { keccakText } from '../../../../../src/keys/keccak.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, equal, holds, holdsIf } from '../../../../kit/verdict.ts'
import type { Payer } from '../../../../peers/mpp/payer/payer.ts'
import { receiptFrom } from '../../../../peers/mpp/payer/receipt.ts'
import { onOpen } from '../attempts.ts'
import type { Fixtures } from '../fixtures.ts'
import { stranger } from '../strangers.ts'
import { accepts, refuses } from '../verbs.ts'

const drained = "the server's fee balance pays for what it never asked for"

export const sponsored = scenario({
  id: 'mpp/server/sponsored',
  title: 'A fee payer sponsors lawful opens and top-ups, and nothing else',
  needs: ['stream', 'sponsored'],
  checks: {
    'sponsored.opens': 'SESS-FEE-003',
    'sponsored.fee-payer': 'SESS-FEE-003',
    'sponsored.tops-up': 'SESS-FEE-003',
    'sponsored.other-payee': 'SESS-FEE-005',
    'sponsored.other-channel': 'SESS-FEE-005',
    'sponsored.extra-call': 'SESS-FEE-009',
    'sponsored.no-reserve-call': 'SESS-FEE-009',
    'sponsored.other-chain': 'SESS-FEE-009',
    'sponsored.bad-voucher': ['SESS-FEE-005', 'SESS-OPEN-013'],
    'sponsored.lying-top-up': ['SESS-FEE-005', 'SESS-TOPUP-004'],
    'sponsored.close': 'SESS-FEE-008',
  },
  faults: () => import('./sponsored.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const subject = fixtures.subject.at('sponsored')
    const payer = await fixtures.anotherPayer(subject)
    const { units } = subject
    const { chain } = subject.options
    const balance = () => chain.balance(subject.terms.currency, payer.address)

    const before = await balance()
    const prepared = await payer.prepareOpen({ initial: units(2) })
    const opened = await payer.send(prepared)
    await accepts(t, 'sponsored.opens', async () => opened)
    if (!opened.accepted) throw new Blocked(`a lawful open was answered ${opened.status}`)
    const { channel } = prepared
    await t.check('sponsored.fee-payer', async () =>
      equal(before - (await balance()), channel.deposit, 'what the payer spent on an open'),
    )
    if ((await channel.slot()).deposit === 0n) throw new Blocked('the channel is not on chain')
    await t.check('sponsored.tops-up', async () => {
      const start = await balance()
      const answer = await channel.topUp(units(10))
      await answer.text()
      if (!answer.accepted) return holdsIf(false, '2xx', String(answer.status))
      return equal(start - (await balance()), units(10), 'what the payer spent on a top-up')
    })

    const elsewhere = { payee: stranger.address } as const
    await refuses(t, 'sponsored.other-payee', onOpen(payer, { calldata: elsewhere }, undefined, drained))
    await refuses(
      t,
      'sponsored.other-channel',
      onOpen(payer, { described: { salt: keccakText('another salt') } }, undefined, drained),
    )
    const data = tokenAbi.encodeCall('transfer', { to: stranger.address, amount: 1n })
    const transfer = { to: subject.terms.currency, data }
    await refuses(t, 'sponsored.extra-call', onOpen(payer, { alongside: [transfer] }, undefined, drained))
    await refuses(
      t,
      'sponsored.no-reserve-call',
      onOpen(
        payer,
        {},
        async () => ({
          transaction: (await chain.sign(payer.account, [transfer], { sponsored: true })).raw,
        }),
        drained,
      ),
    )
    await refuses(t, 'sponsored.bad-voucher', onOpen(payer, { voucherBy: stranger }, undefined, drained))
    await otherChain(t, payer)
    const lying = await payer.open()
    await refuses(t, 'sponsored.lying-top-up', {
      act: async () => {
        const payload = Payload.toJson(await lying.prepareTopUp(1n))
        return lying.send({ ...payload, additionalDeposit: units(10).toString() })
      },
      twin: () => lying.topUp(units(10)),
      position: lying.position,
      money: drained,
    })
    await t.check('sponsored.close', async () => {
      const unused = await payer.open()
      const start = await balance()
      const answer = await unused.closeUnused()
      await answer.text()
      if (!answer.accepted || receiptFrom(answer, payer.subject) === undefined)
        throw new Blocked(`a lawful close was answered ${answer.status}`)
      return equal((await balance()) - start, unused.deposit, 'refund of a channel that delivered nothing')
    })
  },
})

type T = Parameters<typeof sponsored.run>[0]

/** An open of another chain: there the server's signature pays, for whoever brings the transaction. */
async function otherChain(t: T, payer: Payer): Promise<void> {
  const { chainId, node } = payer.subject.options
  const elsewhere = await payer.prepareOpen({ chainId: chainId + 1 })
  await refuses(t, 'sponsored.other-chain', {
    act: () => payer.send(elsewhere),
    twin: async () => payer.send(await payer.prepareOpen()),
    position: payer.position,
    money: drained,
  })
  if (node === undefined) return
  // What the payer signed last stands in it, whoever signs for the fee.
  const signature: Hex = `0x${elsewhere.payload.transaction.slice(-128)}`
  await t.check('sponsored.other-chain', () =>
    node.sent(signature).length === 0
      ? holds
      : broken('neither sponsored nor sent', 'sent to the node', { money: drained }),
  )
}
