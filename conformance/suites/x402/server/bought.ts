/** What a payment has bought, and whether it buys it a second time. */
import { broken, type Finding, holds, unjudged } from '../../../kit/verdict.ts'
import type { Payer, Sending } from '../../../peers/x402/payer/payer.ts'
import type { Signed } from '../../../peers/x402/payer/sign.ts'
import { describe, workFor } from './verbs.ts'

export interface Bought {
  signed: Signed
  conversation: string
  status: number
  /** The answer; empty where there was none. */
  text: string
}

/** Buys an answer. */
export async function buy(payer: Payer, signed: Signed, sending: Sending): Promise<Bought> {
  const { conversation = payer.conversation() } = sending
  const answer = await payer.send(signed, { ...sending, conversation })
  const text = await answer.text()
  return { signed, conversation, status: answer.status, text: answer.exchange.accepted ? text : '' }
}

/** Whether the same request with the same payment buys nothing more. The answer that was bought may be given again. */
export async function buysNoMore(
  payer: Payer,
  { signed, conversation, text }: Bought,
  sending: Sending,
): Promise<Finding> {
  if (text === '') return unjudged('the payment bought nothing the first time')
  const before = workFor(payer, [conversation])
  const answer = await payer.send(signed, { ...sending, conversation })
  const repeated = await answer.text()
  if (!answer.exchange.accepted || repeated === '') return holds
  const work = workFor(payer, [conversation])
  if (repeated === text && (work === undefined || work === before)) return holds
  const { version } = signed.payment
  return broken(
    `v${version}: a refusal, or the first answer again`,
    `${describe(answer.exchange)}, made anew`,
  )
}
