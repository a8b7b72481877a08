/** One-off payments: the price, to the recipient, once for each challenge. */

import { loggedTransfers } from '../../../../../src/chain/transfers.ts'
import * as Base64url from '../../../../../src/codec/base64url.ts'
import type { Bytes32 } from '../../../../../src/codec/hex.ts'
import * as Jcs from '../../../../../src/codec/jcs.ts'
import * as Json from '../../../../../src/codec/json.ts'
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as Receipt from '../../../../../src/mpp/wire/receipt.ts'
import * as TempoCharge from '../../../../../src/mpp/wire/tempo-charge.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds, holdsIf } from '../../../../kit/verdict.ts'
import { ChargeUnderTest, offers, pulled } from '../../../../peers/mpp/payer/charge.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { type Attempt, accepts, refuses } from '../verbs.ts'

const pull = [
  'charge.pull',
  'charge.underpaid',
  'charge.other-recipient',
  'charge.no-partial',
  'charge.replay',
  'charge.used-challenge',
  'charge.parallel',
  'charge.other-chain',
  'charge.under-key',
] as const
export const charge = scenario({
  id: 'mpp/server/charge',
  title: 'A charge is paid in full, to its recipient, and counts once',
  needs: ['charge'],
  checks: {
    'charge.request': ['CHG-002', 'CHG-003'],
    'charge.pull': 'CORE-STAT-005',
    'charge.receipt': 'CORE-RCPT-001',
    'charge.underpaid': 'CHG-006',
    'charge.other-recipient': 'CHG-006',
    'charge.cheaper-echo': ['CHG-006', 'CORE-BIND-007'],
    'charge.forged-id': 'CHG-005',
    'charge.no-partial': 'CHG-001',
    'charge.proof-for-price': 'TCHG-PROOF-002',
    'charge.replay': 'CHG-004',
    'charge.used-challenge': 'CHG-007',
    'charge.parallel': 'CHG-007',
    'charge.other-chain': 'CHG-006',
    'charge.under-key': ['CORE-IDEM-005', 'CHG-004'],
  },
  faults: () => import('./charge.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, payer, anotherPayer }: Fixtures) {
    const target = new ChargeUnderTest(subject.at('charge'), payer)
    const issued = await target.challenge()
    await t.check('charge.request', () => wellFormed(issued.request))
    const pulls = offers(issued, 'pull')
    const twin = () => target.pay()

    const paid = await target.pay()
    const content = await paid.text()
    await t.check('charge.receipt', async () => {
      if (!paid.accepted) throw new Blocked(`a lawful charge was answered ${paid.status}`)
      return receiptNames(target, TempoCharge.decode(issued.request), paid.field('payment-receipt'))
    })
    await refuses(t, 'charge.cheaper-echo', {
      act: async () => {
        const challenge = await target.challenge()
        const request = Challenge.encodeObject({ ...Challenge.request(challenge), amount: '1' })
        const payment = await target.sign({ ...challenge, request })
        return pulls ? target.pull(payment) : target.push(await target.broadcast(payment))
      },
      twin,
      ...(pulls ? { position: payer.position } : {}),
      money: 'content for less than its price',
    })
    await refuses(t, 'charge.forged-id', {
      act: async () => {
        const id = Base64url.encode(new Uint8Array(32).fill(7))
        const payment = await target.sign({ ...(await target.challenge()), id })
        return pulls ? target.pull(payment) : target.push(await target.broadcast(payment))
      },
      twin,
      ...(pulls ? { position: payer.position } : {}),
    })
    await refuses(t, 'charge.proof-for-price', {
      act: async () => {
        const challenge = await target.challenge()
        return target.send(challenge, await target.prove(challenge))
      },
      twin,
      position: payer.position,
      money: 'content for nothing',
    })
    if (pulls) {
      await handedOver(t, target, content)
      const other = new ChargeUnderTest(target.subject, await anotherPayer())
      await t.check('charge.under-key', () => underKey(target, other))
    } else for (const check of pull) await t.check(check, () => absent('the challenge takes no transactions'))
  },
})

type T = Parameters<typeof charge.run>[0]

/** Payments the server broadcasts: what is refused must not reach the chain. */
async function handedOver(t: T, target: ChargeUnderTest, content: string): Promise<void> {
  const { payer } = target
  const twin = () => target.pay()
  const changed = (change: Partial<TempoCharge.Transfer>) => async () =>
    target.pull(await target.sign(await target.challenge(), { change }))
  const price = TempoCharge.decode((await target.challenge()).request).amount
  await accepts(t, 'charge.pull', twin)
  await refuses(t, 'charge.underpaid', {
    act: changed({ amount: price - 1n }),
    twin,
    position: payer.position,
    money: 'content for less than its price',
  })
  await refuses(t, 'charge.other-recipient', {
    act: changed({ to: payer.address }),
    twin,
    position: payer.position,
    money: 'the payer pays itself',
  })
  await refuses(t, 'charge.other-chain', {
    act: async () => {
      const chainId = target.subject.options.chainId + 1
      return target.pull(await target.sign(await target.challenge(), { chainId }))
    },
    twin,
    position: payer.position,
    money: 'content for a payment that is not on this chain',
  })
  await t.check('charge.no-partial', async () => {
    const answer = await changed({ amount: price - 1n })()
    const body = await answer.text()
    if (answer.accepted) throw new Blocked('it was not refused')
    const leaked = content.trim() !== '' && body.includes(content.trim())
    const receipt = answer.field('payment-receipt') !== undefined
    return holdsIf(!leaked && !receipt, 'no content and no receipt', receipt ? 'a receipt' : 'the content')
  })

  const payment = await target.sign(await target.challenge())
  const first = await target.pull(payment)
  await first.text()
  const again = (act: Attempt['act']) => {
    if (!first.accepted) throw new Blocked(`a lawful charge was answered ${first.status}`)
    return act()
  }
  await refuses(t, 'charge.replay', {
    act: () => again(() => target.pull(payment)),
    twin,
    position: payer.position,
    money: 'content twice for one price',
  })
  await refuses(t, 'charge.used-challenge', {
    act: () => again(async () => target.pull(await target.sign(payment.challenge))),
    twin,
    position: payer.position,
    money: 'the payer pays twice for one challenge',
  })
  await t.check('charge.parallel', async () => {
    const raced = await target.sign(await target.challenge())
    const answers = await Promise.all(Array.from({ length: 5 }, () => target.pull(raced)))
    for (const answer of answers) await answer.text()
    const accepted = answers.filter((answer) => answer.accepted).length
    if (accepted === 0) throw new Blocked(`none of five was accepted: ${answers[0]?.status}`)
    return holdsIf(accepted === 1, 'one of five equal requests accepted', `${accepted} accepted`)
  })
}

/**
 * What was bought under an Idempotency-Key is nobody else's. The buyer may be given it again, or be refused: what is
 * served for one price is one answer.
 */
async function underKey(target: ChargeUnderTest, other: ChargeUnderTest): Promise<Finding> {
  const payment = await target.sign(await target.challenge())
  const { challenge } = payment
  const keyed = { headers: [['idempotency-key', challenge.id]] as const }
  const buy = () => target.send(challenge, pulled(payment), keyed)
  const first = target.took(payment, await buy())
  const body = await first.text()
  if (!first.accepted) throw new Blocked(`a lawful charge was answered ${describe(first, body)}`)

  const unpaid = await target.subject.request(keyed)
  const shown = await unpaid.text()
  if (unpaid.accepted) return broken('402 without a payment', describe(unpaid, shown), stolen)
  const less = await other.sign(challenge, { change: { amount: payment.price - 1n } })
  const claimed = await other.send(challenge, pulled(less), keyed)
  const said = await claimed.text()
  if (claimed.accepted) return broken('a refusal of what does not pay', describe(claimed, said), stolen)

  const again = await buy()
  const repeated = await again.text()
  const same = again.field('payment-receipt') === first.field('payment-receipt') && repeated === body
  return holdsIf(!again.accepted || same, 'the first answer or a refusal', describe(again, repeated))
}

const stolen = { money: 'content for somebody else’s payment' }

/** Base64url of canonical JSON with amount and currency, and no expiry of its own. */
function wellFormed(text: string): Finding {
  const json = Utf8.decode(Base64url.decode(text))
  const value = Json.decode(json)
  if (!Json.isObject(value)) return broken('a JSON object', json.slice(0, 200))
  const { amount, currency, expires } = value
  if (typeof amount !== 'string' || !/^[0-9]+$/.test(amount) || typeof currency !== 'string')
    return broken('amount and currency as strings', json.slice(0, 200))
  if (expires !== undefined) return broken('no expires in the request', 'one')
  return holdsIf(json === Jcs.encode(value), Jcs.encode(value).slice(0, 300), json.slice(0, 300))
}

/** The receipt names the transaction that made the transfer. */
async function receiptNames(
  target: ChargeUnderTest,
  { currency, recipient }: TempoCharge.Request,
  field: string | undefined,
): Promise<Finding> {
  if (field === undefined) return broken('a Payment-Receipt', 'none')
  const { method, reference } = Receipt.decodeCore(field)
  if (method !== 'tempo') return broken('method tempo', method)
  const { logs } = await target.subject.transaction(reference as Bytes32)
  const toRecipient = loggedTransfers(currency, logs).some(({ to }) => to === recipient)
  return toRecipient
    ? holds
    : broken('the transaction of the payment', `${reference}, which pays somebody else`)
}
