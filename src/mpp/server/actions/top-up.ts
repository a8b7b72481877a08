/** `topUp`: raises the deposit, and nothing else (tempo session draft, "TopUp Verification"; spec/readings.md A2, A10). */
import * as Accounting from '../../ledger.ts'
import type { TopUp } from '../../wire/payload.ts'
import { refuse } from '../../wire/problem.ts'
import { deposited } from '../contract/contract.ts'
import { check } from '../rules/rule.ts'
import { type ActionInput, type ActionResult, contractFor, isRefusal, knownChannel } from './action.ts'
import { broadcast } from './broadcast.ts'

/** Broadcasts a top-up and takes over the deposit the chain then has: a replay credits nothing twice. */
export async function topUp(input: ActionInput<TopUp>): Promise<ActionResult> {
  const { payee, payload, terms } = input
  const { rules } = payee
  const contract = contractFor(input)
  const known = await knownChannel(input)
  if (isRefusal(known)) return known
  const over = Accounting.firstRefusal(rules.topUp, known.record.ledger, undefined)
  if (over !== undefined) return over
  const refusal = await contract.checkTopUp(input, known.record)
  if (refusal !== undefined) return refusal

  const receipt = await broadcast(payee, payload.transaction, terms.methodDetails.feePayer === true)
  if ('problem' in receipt) return receipt
  const slot = await contract.slot(payload.channelId)
  const event = deposited(contract, receipt, 'TopUp', payload.channelId)
  const notDeposited = check(rules.toppedUp, { payload, receipt, event, slot })
  if (notDeposited !== undefined) return notDeposited

  return payee.store.update<ActionResult>(payload.channelId, (record) => {
    if (record === undefined)
      return { record, answer: refuse('session/channel-not-found', 'no such channel here') }
    const credited = record.credited.includes(receipt.hash)
      ? record.credited
      : [...record.credited, receipt.hash]
    const next = { ...record, ledger: rules.books.observe(record.ledger, slot), credited }
    return { record: next, answer: { record: next, transaction: receipt.hash } }
  })
}
