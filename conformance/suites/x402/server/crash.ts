/**
 * A server that is killed, and started again on its data (spec/readings.md X11). Payments are brought to four points,
 * then it is killed once: one has bought its answer, one is in the middle of it, one is settled and the server has not
 * heard of that, one is about to be settled.
 */
import { keccakText } from '../../../../src/keys/keccak.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, type Finding, holds, TargetError, unjudged } from '../../../kit/verdict.ts'
import type { Conduct } from '../../../peers/x402/facilitator.ts'
import { type Gate, gate } from '../../../peers/x402/gate.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import type { Signed } from '../../../peers/x402/payer/sign.ts'
import { type Bought, buy, buysNoMore } from './bought.ts'
import type { Fixtures } from './fixtures.ts'
import { money, refuses } from './verbs.ts'

const checks = {
  'crash.sold-once': 'X-CRASH-001',
  'crash.unpaid': 'X-CRASH-002',
  'crash.asks-again': 'X-CRASH-003',
  'crash.identifier': 'X-CRASH-004',
} as const

type Check = keyof typeof checks

export const crash = scenario<Fixtures, Check>({
  id: 'x402/server/crash',
  title: 'A server that is killed knows afterwards what was paid for',
  needs: ['start', 'facilitator', 'upstream'],
  checks,
  faults: async () => (await import('./crash.faults.ts')).crashFaults,
  async run(t, fixtures) {
    const { payer, versions, subject } = fixtures
    const instance = await fixtures.launch()
    const { url } = instance
    const dead = gate()
    // What was answered in full comes first: it is long written down when the server is killed.
    const named = subject.identifies ? await buyNamed(payer, url) : undefined
    const all: Interrupted[] = []
    for (const version of versions) all.push(await interrupted(fixtures, version, url, dead))
    await instance.kill()
    dead.open()
    await Promise.all(all.map(({ ends }) => ends))
    await instance.restart()
    for (const each of all) {
      await goesOn(t, payer, each, url)
      await soldOnce(t, payer, each, url)
      await unpaid(t, payer, each, url)
    }
    await t.check('crash.identifier', () =>
      named === undefined
        ? absent('the server does not offer the extension payment-identifier')
        : stands(payer, named, url),
    )
  },
})

/** A payment on its way when the server is killed. */
interface Held {
  signed: Signed
  conversation: string
  /** Whether it came to its point. */
  reached: boolean
}

interface Interrupted {
  version: Version
  bought: Bought
  midway: Held
  settled: Held
  unsettled: Held
  /** When all that was sent has ended. */
  ends: Promise<unknown>
}

/** The token before which the model waits: some have been sent by then. */
const heldToken = 3

/** Brings four payments to their points. */
async function interrupted(
  { payer, facilitator, upstream }: Fixtures,
  version: Version,
  url: string,
  dead: Gate,
): Promise<Interrupted> {
  const sign = () => payer.sign(version, {}, { url })
  const bought = await buy(payer, await sign(), { url, note: 'bought before the server is killed' })
  const ends: Promise<unknown>[] = []

  /** Sends a payment and waits until it comes to its point, or its request ends before. */
  const hold = async (note: string, prepare: (at: Gate, held: Held) => void): Promise<Held> => {
    const held: Held = { signed: await sign(), conversation: payer.conversation(), reached: false }
    payer.record({ payment: held.signed.authorization.nonce, is: 'disturbed' })
    const at = gate()
    const point = at.opened.then(() => {
      held.reached = true
    })
    prepare(at, held)
    const end = over(payer.send(held.signed, { conversation: held.conversation, url, note }))
    ends.push(end)
    await Promise.race([point, end])
    return held
  }
  /** What the facilitator does until the server is dead; afterwards it settles as always. */
  const until = ({ signed }: Held, conduct: Conduct) => {
    const { nonce } = signed.authorization
    facilitator.conduct('settle', nonce, conduct)
    void dead.opened.then(() => facilitator.conduct('settle', nonce, {}))
  }
  const waits = async (at: Gate) => {
    at.open()
    await dead.opened
  }

  const midway = await hold('killed in the middle of the answer', (at, { conversation }) =>
    upstream.script(conversation, { before: (token) => (token === heldToken ? waits(at) : undefined) }),
  )
  const settled = await hold('killed between settlement and answer', (at, held) =>
    until(held, { after: (answer) => waits(at).then(() => answer) }),
  )
  const unsettled = await hold('killed before the settlement', (at, held) =>
    until(held, { before: () => waits(at), answer: () => new Response(null, { status: 500 }) }),
  )
  return { version, bought, midway, settled, unsettled, ends: Promise.all(ends) }
}

/** Waits for an answer that may break. */
async function over(sending: ReturnType<Payer['send']>): Promise<void> {
  try {
    await (await sending).text()
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
  }
}

/** Who was charged and got nothing is not told to pay; what is made for it now is made once. */
async function goesOn(
  t: Tester<Check>,
  payer: Payer,
  { version, midway, settled }: Interrupted,
  url: string,
): Promise<void> {
  for (const held of [midway, settled]) {
    const { signed, conversation, reached } = held
    if (!reached) continue
    const isPaid = held === settled && (await payer.isSettled(signed))
    const again = await buy(payer, signed, { conversation, url, note: 'once more, after the restart' })
    if (isPaid)
      await t.check('crash.asks-again', () =>
        again.status === 402
          ? broken(`v${version}: anything but 402 for what was paid and not delivered`, '402')
          : holds,
      )
    if (again.text !== '')
      await t.check('crash.sold-once', () =>
        buysNoMore(payer, again, { url, note: 'and again, when it was answered' }),
      )
  }
}

/** What bought its answer before the kill buys no other. */
async function soldOnce(
  t: Tester<Check>,
  payer: Payer,
  { version, bought }: Interrupted,
  url: string,
): Promise<void> {
  await t.check('crash.sold-once', () =>
    buysNoMore(payer, bought, { url, note: 'the same request, after the restart' }),
  )
  await refuses(t, 'crash.sold-once', {
    act: () => payer.send(bought.signed, { url, note: 'another request, after the restart' }),
    twin: () => payer.pay(version, {}, { url }),
    position: money(payer),
    money: 'the seller gives content that nobody paid for',
  })
}

/** What was never settled buys nothing until it is. */
const unpaid = (
  t: Tester<Check>,
  payer: Payer,
  { version, unsettled: { signed, conversation, reached } }: Interrupted,
  url: string,
): Promise<void> =>
  t.check('crash.unpaid', async () => {
    if (!reached) return unjudged('the server did not settle')
    if (await payer.isSettled(signed)) return unjudged('it was settled all the same')
    const answer = await buy(payer, signed, {
      url,
      conversation,
      note: 'what was not settled, after the restart',
    })
    if (answer.text === '') return sells(payer, version, url)
    return (await payer.isSettled(signed))
      ? holds
      : broken(`v${version}: a settlement, or no content`, 'content, and nothing was settled', {
          money: 'the seller gives content that nobody paid for',
        })
  })

/** That it refuses says nothing of a server that sells to nobody. */
async function sells(payer: Payer, version: Version, url: string): Promise<Finding> {
  const { text } = await buy(payer, await payer.sign(version, {}, { url }), { url })
  return text === '' ? unjudged('after the restart nothing is sold') : holds
}

interface Named {
  id: string
  text: string
}

async function buyNamed(payer: Payer, url: string): Promise<Named> {
  const id = `pay_${keccakText(payer.conversation()).slice(2, 34)}`
  const { text } = await buy(payer, await payer.sign(2, { id }, { url }), { url, note: 'with a name' })
  return { id, text }
}

/** Whether a name that was used stands for its payment: no other one is charged under it. */
async function stands(payer: Payer, { id, text }: Named, url: string): Promise<Finding> {
  if (text === '') return unjudged('a payment with a name was refused')
  const other = await payer.sign(2, { id }, { url })
  payer.record({ payment: other.authorization.nonce, is: 'disturbed' })
  await buy(payer, other, { url, note: 'another payment of that name, after the restart' })
  return (await payer.isSettled(other))
    ? broken('a refusal, and nothing settled', 'settled', { money: 'the payer pays twice for one answer' })
    : sells(payer, 2, url)
}
