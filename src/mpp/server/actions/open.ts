/** `open`: broadcasts the payer's open transaction and starts the books (tempo session draft, "Open Verification"). */
import type { Bytes32 } from '../../../codec/hex.ts'
import { keccak256 } from '../../../keys/keccak.ts'
import type { Open } from '../../wire/payload.ts'
import { refuse } from '../../wire/problem.ts'
import { type Contract, deposited } from '../contract/contract.ts'
import { begin, end, isBegun } from '../opening.ts'
import { type Payee, placeOf } from '../payee.ts'
import { check } from '../rules/rule.ts'
import type { ChannelRecord } from '../store/record.ts'
import { type ActionInput, type ActionResult, checkSignature, contractFor, isRefusal } from './action.ts'
import { broadcast, outcomeUnknown } from './broadcast.ts'
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

/** Runs when the previous turn has ended. A failure of that turn is reported to its own caller only. */
async function after<T>(turn: Promise<unknown> | undefined, run: () => Promise<T>): Promise<T> {
  if (turn !== undefined) await Promise.allSettled([turn])
  return run()
}

/**
 * Opens a channel that is not in the books. An open of a known channel counts as a voucher, whatever its payload says.
 */
async function openOnce(input: ActionInput<Open>): Promise<ActionResult> {
  const known = await input.payee.store.get(input.payload.channelId)
  return known === undefined ? open(input) : acceptVoucher(input)
}

async function open(input: ActionInput<Open>): Promise<ActionResult> {
  const { payee, payload, terms, challenge } = input
  const { rules } = payee
  const contract = contractFor(input)
  const { protocol } = contract
  const signed = await contract.readOpen(input)
  if (isRefusal(signed)) return signed

  const { descriptor, deposit } = signed
  const price = terms.amount
  const refusal =
    check(rules.deposit, { payload, deposit, price, minDeposit: payee.minDeposit }) ??
    (await checkSignature(input, descriptor))
  if (refusal !== undefined) return refusal
  if (input.allows?.(descriptor.payer) === false) return { declined: 'forbidden' }

  const { channelId, transaction } = payload
  const begun = await isBegun(payee, channelId)
  const onChain = !begun && (await isOnChain(payee, contract, payload))
  const elsewhere = check(rules.opening, { begun, onChain })
  if (elsewhere !== undefined) return elsewhere
  if (!begun) await begin(payee, channelId)
  const receipt = await broadcast(payee, transaction, terms.methodDetails.feePayer === true, deposit)
  if ('problem' in receipt) {
    // A mark of an earlier try stays: what that one sent may be on chain.
    if (!begun && receipt !== outcomeUnknown) await end(payee, channelId)
    return receipt
  }
  const slot = await contract.slot(payload.channelId)
  const event = deposited(contract, receipt, 'ChannelOpened', payload.channelId)
  const notOpened = check(rules.opened, { payload, descriptor, receipt, event, slot, deposit, price })
  if (notOpened !== undefined) return notOpened
  const place = await placeOf(payee, protocol)

  const opened = await payee.store.update<ActionResult>(channelId, (existing) => {
    if (existing !== undefined)
      return {
        record: existing,
        answer: refuse('verification-failed', 'the channel was opened by another request'),
      }
    const record: ChannelRecord = {
      channelId: payload.channelId,
      protocol,
      ...place,
      descriptor,
      ledger: rules.books.open(slot.deposit, payload.cumulativeAmount, slot.settled),
      vouchers: [longForm(payload)],
      challengeId: challenge.id,
      credited: [receipt.hash],
      chargedKeys: [],
      usedAt: payee.clock(),
      openedBlock: receipt.blockNumber,
    }
    return { record, answer: { record, transaction: receipt.hash } }
  })
  await end(payee, channelId)
  return opened
}

/** Whether the chain knows a channel that we have not begun to open; an open that waits to be mined counts. */
async function isOnChain(
  payee: Payee,
  contract: Contract,
  { channelId, transaction }: Open,
): Promise<boolean> {
  const { deposit, finalized } = await contract.slot(channelId)
  if (deposit > 0n || finalized === true) return true
  // A sponsored copy would have another hash, but it uses the same nonce, so only one of the two can be mined.
  return payee.chain.knows(keccak256(transaction))
}
