/**
 * What a stranger writes into a transaction must not empty the purse of who pays its fee. Judged by what was really
 * paid; every server has caps of its own, so only absurd figures are tried (spec/readings.md P8).
 */
import * as Transaction from '../../../../../src/chain/transaction.ts'
import { keccakText } from '../../../../../src/keys/keccak.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import { feesOf, minedDuring, type Paid } from '../../../../peers/mpp/payer/fees.ts'
import type { OpenOptions, Payer } from '../../../../peers/mpp/payer/payer.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'

const drained = 'anybody spends what the server keeps for fees'
/** A fee so many times the usual one was the sender's doing. */
const absurd = 50n
/** A tip so many times the usual price. */
const tipFactor = 1_000n
/** Storage keys of an access list, and bytes behind calldata: what still fits into a header field. */
const keys = 50
const padding = 2_048

export const sponsor = scenario({
  id: 'mpp/server/sponsor',
  title: 'What a payer writes into a transaction does not drain its sponsor',
  needs: ['stream', 'sponsored'],
  checks: {
    'sponsor.reverting-open': 'SESS-FEE-011',
    'sponsor.reverting-top-up': 'SESS-FEE-011',
    'sponsor.racing-opens': 'SESS-FEE-011',
    'sponsor.tip': 'SESS-FEE-012',
    'sponsor.gas-limit': 'SESS-FEE-013',
    'sponsor.access-list': 'SESS-FEE-013',
    'sponsor.padding': 'SESS-FEE-013',
    'sponsor.nonce-key': 'SESS-FEE-013',
    'sponsor.validity': 'SESS-FEE-013',
    'sponsor.tiny-deposit': 'SESS-FEE-014',
  },
  faults: () => import('./sponsor.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const subject = fixtures.subject.at('sponsored')
    const payer = await fixtures.anotherPayer(subject)
    const first = await payer.prepareOpen()
    const { answer, mined } = await minedDuring(subject, payer.address, () => payer.send(first))
    const said = describe(answer, await answer.text())
    if (!answer.accepted) throw new Blocked(`a lawful open was answered ${said}`)
    const usual = { ...Transaction.decode(first.payload.transaction), fee: feesOf(mined) }
    if (usual.fee === 0n) throw new Blocked('what an open costs cannot be read off the chain')

    await reverting(t, fixtures, first.channel, usual)
    await t.check('sponsor.tip', async () => {
      const maxFeePerGas = usual.maxFeePerGas * tipFactor
      const change = { maxFeePerGas, maxPriorityFeePerGas: maxFeePerGas }
      const tried = await attempt(payer, { change })
      if (feesOf(tried.mined) > usual.fee * absurd)
        return broken(`a fee near the usual ${usual.fee}`, `a fee of ${feesOf(tried.mined)}`, {
          money: drained,
        })
      return proven(payer)
    })

    /** An open whose transaction is odd: not signed for, so not mined. */
    const odd = (check: Parameters<typeof t.check>[0], options: OpenOptions) =>
      t.check(check, async () => {
        const { answer, said, mined } = await attempt(payer, options)
        if (!answer.accepted && mined.length === 0) return proven(payer)
        return broken('a refusal', `${said}, at a fee of ${feesOf(mined)}; usual are ${usual.fee}`, {
          money: drained,
        })
      })
    await odd('sponsor.gas-limit', { change: { gas: 30_000_000n } })
    const storageKeys = Array.from({ length: keys }, (_, i) => keccakText(`key ${i}`))
    const accessList = [{ address: subject.terms.currency, storageKeys }]
    await odd('sponsor.access-list', {
      change: { accessList, gas: usual.gas + 2_400n + 1_900n * BigInt(keys) },
    })
    const more = usual.gas + 40n * BigInt(padding)
    await odd('sponsor.padding', { padding: 'ff'.repeat(padding), gas: more })
    await odd('sponsor.nonce-key', { change: { nonceKey: 7n, nonce: 0n } })
    await t.check('sponsor.validity', () => lasting(payer))
    await t.check('sponsor.tiny-deposit', async () => {
      const price = subject.units(1)
      const { answer, said, mined } = await attempt(payer, { deposit: price, initial: price })
      if (answer.accepted && feesOf(mined) >= price)
        return broken(`a refusal of a deposit of ${price}`, `${said}, at a fee of ${feesOf(mined)}`, {
          money: drained,
        })
      return answer.accepted ? holds : proven(payer)
    })
  },
})

type T = Parameters<typeof sponsor.run>[0]
type Channel = Awaited<ReturnType<Payer['open']>>

/** Sends an open; what it was answered, and what was mined meanwhile. */
async function attempt(
  payer: Payer,
  options: OpenOptions,
): Promise<{ answer: Exchange; said: string; mined: Paid[] }> {
  const prepared = await payer.prepareOpen(options)
  const { answer, mined } = await minedDuring(payer.subject, payer.address, async () => {
    const answer = await payer.send(prepared)
    await answer.text()
    return answer
  })
  // What was sent and then refused is a deposit all the same.
  if (mined.some(({ success }) => success)) payer.remember(prepared.channel)
  return { answer, said: describe(answer, await answer.text()), mined }
}

/** Holds if a lawful open is still taken. */
async function proven(payer: Payer): Promise<Finding> {
  const answer = await payer.send(await payer.prepareOpen())
  const said = describe(answer, await answer.text())
  if (!answer.accepted) throw new Blocked(`the lawful twin was refused too: ${said}`)
  return holds
}

/** Transactions that can only revert, because their sender does not have the money. */
async function reverting(
  t: T,
  fixtures: Fixtures,
  channel: Channel,
  { gas }: { gas: bigint },
): Promise<void> {
  const { payer } = channel
  const { subject } = payer
  const balanceOf = (who: Payer) => subject.options.chain.balance(subject.terms.currency, who.address)
  const reverted = (mined: readonly Paid[]) => feesOf(mined.filter(({ success }) => !success))
  const spared = (mined: readonly Paid[], what: string) =>
    broken('nothing paid for what can only revert', `a fee of ${reverted(mined)} for ${what}`, {
      money: drained,
    })

  await t.check('sponsor.reverting-open', async () => {
    const { mined } = await attempt(payer, { deposit: (await balanceOf(payer)) * 2n, gas })
    return reverted(mined) > 0n ? spared(mined, 'an open') : proven(payer)
  })
  await t.check('sponsor.reverting-top-up', async () => {
    const payload = Payload.toJson(await channel.prepareTopUp((await balanceOf(payer)) * 2n, gas))
    const { answer, mined } = await minedDuring(subject, payer.address, () => channel.send(payload))
    await answer.text()
    if (reverted(mined) > 0n) return spared(mined, 'a top-up')
    const twin = await channel.topUp(subject.units(10))
    await twin.text()
    if (!twin.accepted) throw new Blocked(`a lawful top-up was answered ${twin.status}`)
    return holds
  })
  // Each of them would succeed alone.
  await t.check('sponsor.racing-opens', async () => {
    const racer = await fixtures.anotherPayer(subject)
    const deposit = ((await balanceOf(racer)) * 2n) / 3n
    const opens = await Promise.all(Array.from({ length: 5 }, () => racer.prepareOpen({ deposit })))
    const { answer: answers, mined } = await minedDuring(subject, racer.address, () =>
      Promise.all(opens.map((open) => racer.send(open))),
    )
    await Promise.all(answers.map((answer) => answer.text()))
    if (reverted(mined) > 0n) return spared(mined, `${mined.length - 1} of five opens at once`)
    if (answers.some(({ accepted }) => accepted)) return holds
    throw new Blocked('none of five opens was taken')
  })
}

/** A transaction that would be good for a day. Chains may refuse it, so what counts is whether it was signed for. */
async function lasting(payer: Payer): Promise<Finding> {
  const { node } = payer.subject.options
  if (node === undefined)
    return absent('whether it was signed for only shows in what the kit’s own node was sent')
  const validBefore = Math.floor(Date.now() / 1000) + 86_400
  const prepared = await payer.prepareOpen({ change: { validBefore } })
  const answer = await payer.send(prepared)
  const said = describe(answer, await answer.text())
  // What the payer signed last stands in it, whoever signs for the fee.
  const sent = node.sent(`0x${prepared.payload.transaction.slice(-128)}`)
  return sent.length === 0 && !answer.accepted
    ? proven(payer)
    : broken('neither signed for nor sent', `sent to the node, and answered ${said}`, { money: drained })
}
