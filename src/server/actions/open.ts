/** `open`: broadcasts the payer's open transaction and starts the books (tempo session draft, "Open Verification"). */
import type { Bytes32 } from '../../codec/hex.ts'
import type { Open } from '../../mpp/payload.ts'
import { refuse } from '../../mpp/problem.ts'
import { placeOf } from '../payee.ts'
import { check } from '../rules/rule.ts'
import type { ChannelRecord } from '../store/record.ts'
import { type ActionInput, type ActionResult, checkSignature, describedChannel, isRefusal } from './action.ts'
import { broadcast, decodeTransaction } from './broadcast.ts'
import { acceptVoucher, longForm } from './voucher.ts'

/** Builds the action. Opens of one channel that arrive together take turns, so there is one broadcast. */
export function opener(): (input: ActionInput<Open>) => Promise<ActionResult> {
  const turns = new Map<Bytes32, Promise<unknown>>()
  return async (input) => {
    const { channelId } = input.payload
    const result = after(turns.get(channelId), () => openOnce(input))
    turns.set(channelId, result)
    try {
      return await result
    } finally {
      if (turns.get(channelId) === result) turns.delete(channelId)
    }
  }
}

/** Runs when the turn before has ended, however it ended: its outcome is its own caller's. */
async function after<T>(turn: Promise<unknown> | undefined, run: () => Promise<T>): Promise<T> {
  if (turn !== undefined) await Promise.allSettled([turn])
  return run()
}

/** A channel that is known is not opened again, whatever the payload says; its voucher counts as any other. */
async function openOnce(input: ActionInput<Open>): Promise<ActionResult> {
  const known = await input.payee.store.get(input.payload.channelId)
  return known === undefined ? open(input) : acceptVoucher(input)
}

async function open(input: ActionInput<Open>): Promise<ActionResult> {
  const { payee, payload, terms, challenge } = input
  const { rules } = payee
  const descriptor = await describedChannel(input)
  if (isRefusal(descriptor)) return descriptor
  const decoded = decodeTransaction(payee, payload.transaction)
  if ('problem' in decoded) return decoded

  const place = await placeOf(payee)
  const sponsoring = terms.methodDetails.feePayer === true
  const deposit = decoded.call?.type === 'open' ? decoded.call.deposit : 0n
  const price = terms.amount
  const refusal =
    check(rules.openTransaction, { payload, descriptor, ...decoded, chainId: place.chainId, sponsoring }) ??
    check(rules.deposit, { payload, deposit, price, minDeposit: payee.minDeposit }) ??
    (await checkSignature(input, descriptor))
  if (refusal !== undefined) return refusal

  const receipt = await broadcast(payee, payload.transaction, sponsoring)
  if ('problem' in receipt) return receipt
  const slot = await payee.chain.channel(payload.channelId)
  const event = receipt.events.find(
    (found) => found.name === 'ChannelOpened' && found.channelId === payload.channelId,
  )
  const opened = event?.name === 'ChannelOpened' ? event : undefined
  const notOpened = check(rules.opened, { payload, descriptor, receipt, event: opened, slot, deposit, price })
  if (notOpened !== undefined) return notOpened

  return payee.store.update<ActionResult>(payload.channelId, (existing) => {
    if (existing !== undefined)
      return {
        record: existing,
        answer: refuse('verification-failed', 'the channel was opened by another request'),
      }
    const record: ChannelRecord = {
      channelId: payload.channelId,
      protocol: 'v2',
      ...place,
      descriptor,
      ledger: rules.books.open(slot.deposit, payload.cumulativeAmount, slot.settled),
      vouchers: [longForm(payload)],
      challengeId: challenge.id,
      credited: [receipt.hash],
      chargedKeys: [],
      usedAt: payee.clock(),
    }
    return { record, answer: { record, transaction: receipt.hash } }
  })
}
