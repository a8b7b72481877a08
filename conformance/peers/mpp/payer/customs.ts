/**
 * What a server does where the drafts leave a choice, or where it does otherwise than they say: learned once, before it
 * is judged, from a channel or two of the kit's own, so that one difference does not hide everything behind it.
 * Nothing is judged here: what does not answer is left for the checks to say.
 */
import { Trace } from '../../../kit/trace.ts'
import { isUnanswered } from '../../../kit/verdict.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { budget, Payer, type PreparedOpen } from './payer.ts'
import { buy } from './purchase.ts'
import { receiptOf } from './receipt.ts'
import { Subject, type SubjectOptions } from './subject.ts'

/** How a server takes what asks for no content: SDKs send a bodyless POST, the draft recommends HEAD (spec/readings.md D8). */
export type Management = 'POST' | 'HEAD'

/**
 * How the books are read: by repeating the highest voucher, which changes nothing and must always be served
 * (SESS-VOUCH-006), or, where that is refused, by raising it by the least that is taken. Where no answer carries a
 * receipt, there is only the chain to read.
 */
export type Reading = 'repeat' | 'raise' | 'chain'

export interface Customs {
  management: Management
  reading: Reading
  /** What it answers where no content is asked for. */
  acknowledgements: Acknowledgements
}

/** Learns what a server does. */
export async function learnCustoms(options: SubjectOptions, seed: string): Promise<Customs> {
  const customs: Customs = { management: 'POST', reading: 'repeat', acknowledgements: new Acknowledgements() }
  if (options.terms === undefined) return customs
  try {
    await learnMain(options, seed, customs)
    await learnPlain({ ...options, ...customs }, seed, customs.acknowledgements)
  } catch (error) {
    // The checks will say what does not answer.
    if (!isUnanswered(error)) throw error
  }
  return customs
}

/** What is unusual about it, a sentence each. */
export const said = ({ reading, acknowledgements }: SubjectOptions): string[] => [
  ...(reading === 'raise'
    ? ['books: read by raising the highest voucher by the least, since a repeat of it is refused']
    : []),
  ...(reading === 'chain'
    ? ['books: no answer carries a receipt, so what the server counts is not read, only the chain is']
    : []),
  ...(acknowledgements?.open === true ? ['opens: answered without content, which a voucher asks for'] : []),
]

async function openingPayer(options: SubjectOptions, seed: string): Promise<[Payer, PreparedOpen]> {
  const { terms, fund, deposit } = options
  const payer = new Payer(new Subject(options, new Trace().recorder('customs')), `${seed} customs`)
  if (terms !== undefined)
    await fund(payer.account, terms.currency, budget(terms, deposit), terms.methodDetails.escrowContract)
  return [payer, await payer.prepareOpen()]
}

/** Opens a channel by POST and sees whether content comes with it; then whether the highest voucher may be repeated. */
async function learnMain(options: SubjectOptions, seed: string, customs: Customs): Promise<void> {
  const [payer, open] = await openingPayer(options, `${seed} main`)
  const answer = await payer.send(open, { method: 'POST' })
  if (answer.isEventStream) answer.abort()
  else await answer.text()
  if (answer.isEventStream || noSuchMethod.has(answer.status)) customs.management = 'HEAD'
  if (!answer.accepted) return
  const { channel } = open
  const on = new Subject({ ...options, ...customs }, payer.subject.recorder)
  const answers = [answer]
  const takes = async (amount: bigint) => {
    const taken = await channel.voucher(amount, {}, { on, method: customs.management })
    await taken.text()
    answers.push(taken)
    return taken.accepted && receiptOf(taken) !== undefined
  }
  if (!(await takes(channel.accepted)) && (await takes(channel.accepted + channel.least)))
    customs.reading = 'raise'
  const receipts = answers.filter((each) => each.field('payment-receipt') !== undefined)
  if (receipts.length === 0 && answers.filter(({ accepted }) => accepted).length > 1)
    customs.reading = 'chain'
  const closing = await channel.close(channel.accepted, {}, { on, method: customs.management })
  await closing.text()
}

/** Not found by this method, not allowed, unknown to the server. */
const noSuchMethod = new Set([404, 405, 501])

/**
 * Opens a channel of a resource that is sold whole as a client does that asks for it, raises its voucher without asking
 * for it, then buys it: what came with the first two and cost nothing, and is not what is sold, is no content.
 */
async function learnPlain(options: SubjectOptions, seed: string, known: Acknowledgements): Promise<void> {
  const plain = options.resources.get('plain')
  if (plain?.terms === undefined) return
  const [payer, open] = await openingPayer({ ...options, ...plain }, `${seed} plain`)
  const { channel } = open
  const opened = await payer.send(open, { method: 'GET', accept: '*/*' })
  const first = { answer: opened, body: await opened.text(), receipt: receiptOf(opened) }
  if (!opened.accepted) return
  const raised = await channel.voucher(payer.subject.units(2), {}, { method: 'POST', accept: '*/*' })
  const second = { answer: raised, body: await raised.text(), receipt: receiptOf(raised) }
  const bought = await buy(channel, payer.subject.units(3))
  if (bought.answer.accepted && bought.body !== '') {
    if (first.receipt?.spent === 0n) known.open = first.body === '' || known.add(first, bought)
    if (second.receipt?.spent === (first.receipt?.spent ?? 0n)) known.add(second, bought)
  }
  await (await channel.close()).text()
}
