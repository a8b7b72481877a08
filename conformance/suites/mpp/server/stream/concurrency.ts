/** Many requests at once: the outcome is one that some order of them would have had. */
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, equal, holds, holdsIf } from '../../../../kit/verdict.ts'
import { isPutOff } from '../../../../peers/mpp/payer/patience.ts'
import type { Payer } from '../../../../peers/mpp/payer/payer.ts'
import { buy, type Purchase, received, servedOf } from '../../../../peers/mpp/payer/purchase.ts'
import type { Fixtures } from '../fixtures.ts'

export const concurrency = scenario({
  id: 'mpp/server/concurrency',
  title: 'Requests that come at once are served and charged as if they came one by one',
  needs: ['plain'],
  checks: {
    'concurrency.open': ['CORE-CONC-001', 'CORE-REPL-001'],
    'concurrency.overspend': 'SESS-ACCT-004',
    'concurrency.totals': ['SESS-ACCT-004', 'SESS-GEN-006'],
    'concurrency.order': 'SESS-ACCT-004',
    'concurrency.close': 'SESS-CLOSE-012',
    'concurrency.after-close': ['SESS-CLOSE-012', 'SESS-CLOSE-010'],
  },
  faults: () => import('./concurrency.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const payer = await fixtures.anotherPayer(fixtures.subject.at('plain'))
    await openAtOnce(t, payer)
    await spendAtOnce(t, payer)
    await inOrder(t, payer)
    await closeAtOnce(t, payer)
  },
})

type T = Parameters<typeof concurrency.run>[0]

const times = <V>(count: number, make: (i: number) => V): V[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** One open credential twenty times: one channel, and as much service as its voucher pays for. */
async function openAtOnce(t: T, payer: Payer): Promise<void> {
  const { subject } = payer
  await t.check('concurrency.open', async () => {
    const prepared = await payer.prepareOpen({ initial: subject.units(3) })
    const { channel } = prepared
    const challenge = await subject.challenge()
    const credential = subject.credential(challenge, Payload.toJson(prepared.payload), payer)
    const answers = await Promise.all(times(20, () => subject.sendCredential(credential, challenge)))
    for (const answer of answers) payer.took(answer, prepared)
    const purchases = await Promise.all(answers.map((answer) => received(channel, answer)))
    const served = servedOf(purchases)
    const opened = answers.some((answer) => answer.accepted)
    // Where opens bring no content, one voucher must still not be worth more than once.
    if (served === 0 && opened && subject.options.acknowledgements?.open === true)
      return equal((await channel.books()).spent, 0n, 'spent by opens without content')
    if (served === 0) throw new Blocked('none of twenty requests was served')
    if (served > 3)
      return broken('at most three responses', `${served}`, { money: 'one voucher is spent more than once' })
    return equal((await channel.books()).spent, subject.units(served), 'spent')
  })
}

/** Fifty requests on a balance for ten. */
async function spendAtOnce(t: T, payer: Payer): Promise<void> {
  const { subject } = payer
  const { units } = subject
  const channel = await payer.open()
  const challenges = await Promise.all(times(50, () => subject.challenge()))
  const purchases = await Promise.all(
    challenges.map((challenge) => buy(channel, units(10), { challenge, impatient: true })),
  )
  const served = servedOf(purchases)
  await t.check('concurrency.overspend', async () => {
    if (served === 0) throw new Blocked('none of fifty requests was served')
    if (served > 10)
      return broken('ten responses', `${served}`, { money: 'one voucher is spent more than once' })
    // Who refuses a repeat takes one of the requests that come with one voucher.
    const limited = subject.options.reading === 'raise' || purchases.some(({ answer }) => isPutOff(answer))
    if (served < 10 && !limited) return broken('ten responses: the balance pays for them', `${served}`)
    return equal((await channel.books()).spent, units(served), 'spent')
  })
  await t.check('concurrency.totals', () => {
    const totals = purchases.flatMap(({ served: came, receipt }) => (came ? (receipt?.spent ?? []) : []))
    if (totals.length === 0) throw new Blocked('there are no receipts to read')
    const sorted = totals.sort((a, b) => (a < b ? -1 : 1))
    const truth = times(totals.length, (i) => units(i + 1))
    return equal(sorted.join(', '), truth.join(', '), 'totals in the receipts')
  })
}

interface Timed extends Purchase {
  begun: number
  ended: number
}

/** Three clients take turns with themselves: what was answered before another was asked counts less in its receipt. */
async function inOrder(t: T, payer: Payer): Promise<void> {
  const { units } = payer.subject
  await t.check('concurrency.order', async () => {
    const channel = await payer.open()
    let moment = 0
    const clients = times(3, async () => {
      const own: Timed[] = []
      for (let i = 0; i < 3; i++) {
        const challenge = await payer.subject.challenge()
        const begun = ++moment
        const purchase = await buy(channel, units(9), { challenge, impatient: true })
        own.push({ ...purchase, begun, ended: ++moment })
      }
      return own
    })
    const served = (await Promise.all(clients)).flat().filter((each) => each.served)
    if (served.length < 2) throw new Blocked('fewer than two requests were served')
    const spentOf = ({ receipt }: Purchase) => {
      if (receipt === undefined) throw new Blocked('there is no receipt to read')
      return receipt.spent
    }
    for (const earlier of served)
      for (const later of served)
        if (earlier.ended < later.begun && spentOf(earlier) >= spentOf(later))
          return broken(
            `a total above ${spentOf(earlier)}, which was answered before`,
            `${spentOf(later)} in a later response`,
          )
    return holds
  })
}

/** A close among twenty requests, each with a voucher of its own: it captures exactly what was delivered, and nothing is delivered after it. */
async function closeAtOnce(t: T, payer: Payer): Promise<void> {
  const { subject } = payer
  const { units } = subject
  const channel = await payer.open()
  const challenges = await Promise.all(times(21, () => subject.challenge()))
  const amounts = (i: number) => units(Math.min(i + 1, 20))
  // Signed before, so that they go out in this order: a close is signed twice.
  const payloads = await Promise.all(
    times(21, (i) => (i === 12 ? channel.signClose(units(20)) : channel.signVoucher(amounts(i)))),
  )
  const sent = challenges.map(async (challenge, i) => {
    const payload = Payload.toJson(payloads[i] as Payload.Payload)
    if (i === 12) return channel.present(payload, units(20), { challenge }, 'close')
    const options = { challenge, method: 'GET', accept: '*/*', impatient: true }
    return received(channel, await channel.present(payload, amounts(i), options), options)
  })
  const [closed] = (await Promise.all(sent)).filter((each) => each instanceof Exchange)
  await closed?.text()
  // A server may refuse a close while charges are under way; then a quiet one must work.
  if (closed?.accepted !== true) await (await channel.close(units(20))).text()
  await t.check('concurrency.close', async () => {
    const [event] = await channel.backing.closings(channel.id)
    if (event === undefined) throw new Blocked('the channel could not be closed')
    const captured = event.settledToPayee
    return equal(captured, channel.due(captured, units(channel.delivered)), 'captured')
  })
  await t.check('concurrency.after-close', async () => {
    if ((await channel.slot()).deposit > 0n) throw new Blocked('the channel could not be closed')
    const { served, answer } = await buy(channel, units(21))
    return holdsIf(!served && answer.status >= 400, 'a refusal', String(answer.status))
  })
}
