/**
 * Reads a channel from chain and updates the books: its close may have been requested, or it may be closed. One answer
 * of a node does not prove that a channel is over, because the node may be behind or be the wrong one. The books are
 * closed for good by the contract's ChannelClosed event, by a v1 channel that is marked finalized, or when the channel
 * is missing over `blocksToProve` blocks. Until then a missing channel pays for nothing, and what is owed on it stays
 * claimable.
 */
import type { Slot } from '../../../chain/channel-contract/face.ts'
import { isNodeError } from '../../../chain/outcome.ts'
import type { Bytes32 } from '../../../codec/hex.ts'
import { keccak256 } from '../../../keys/keccak.ts'
import type * as Accounting from '../../ledger.ts'
import type { Payee } from '../payee.ts'
import type { ChannelRecord } from '../store/record.ts'

/** Over how many blocks a channel is missing before its books are closed without an event that says so. */
export const blocksToProve = 12

/**
 * What the chain has under the channel's id: its slot, or nothing at a block. Without `block` the absence proves
 * nothing.
 */
type Seen = { slot: Slot } | { missing: { block?: number } }

/** Reads the channel from chain and takes over what it says. */
export async function refresh(payee: Payee, record: ChannelRecord): Promise<void> {
  const { channelId, ledger } = record
  const { readings } = payee
  const at = readings.now()
  readings.forget(channelId)
  if (ledger.phase === 'closed' || (await closeCame(payee, record))) return
  const seen = await look(payee, record)
  if ('slot' in seen && ledger.phase === 'open' && isAsKnown(ledger, seen.slot)) {
    if (ledger.closeRequestedAt === 0) readings.seen(channelId, at)
    return
  }
  await payee.store.update(channelId, (latest) =>
    latest === undefined
      ? { record: latest, answer: undefined }
      : { record: afterClosing(observed(payee, latest, seen), payee.clock()), answer: undefined },
  )
}

const isAsKnown = (ledger: Accounting.Ledger, slot: Slot): boolean =>
  ledger.missing === undefined &&
  slot.finalized !== true &&
  slot.deposit > 0n &&
  slot.deposit === ledger.deposit &&
  slot.settled === ledger.settled &&
  slot.closeRequestedAt === ledger.closeRequestedAt

/** Reads the slot. When it is empty, looks for the ChannelClosed event, then reads again at a fixed block. */
async function look(payee: Payee, { protocol, channelId, openedBlock = 0 }: ChannelRecord): Promise<Seen> {
  const contract = payee.contracts[protocol]
  const slot = await contract.slot(channelId)
  if (slot.deposit > 0n || slot.finalized === true) return { slot }
  try {
    if ((await contract.closings(channelId, openedBlock)).length > 0) return { slot }
    const block = await payee.chain.blockNumber()
    // A node that has not come to the open yet cannot have the channel.
    if (block < openedBlock) return { missing: {} }
    const again = await contract.slot(channelId, block)
    return again.deposit > 0n ? { slot: again } : { missing: { block } }
  } catch (error) {
    if (!isNodeError(error)) throw error
    return { missing: {} }
  }
}

function observed(payee: Payee, record: ChannelRecord, seen: Seen): ChannelRecord {
  const { books } = payee.rules
  const { ledger } = record
  if ('slot' in seen) return { ...record, ledger: books.observe(ledger, seen.slot) }
  const { block } = seen.missing
  const since = ledger.missing?.since
  const proven = block !== undefined && since !== undefined && block - since >= blocksToProve
  return { ...record, ledger: proven ? books.observe(ledger, nothing) : books.miss(ledger, block) }
}

const nothing = { deposit: 0n, settled: 0n, closeRequestedAt: 0 }

/** A close that was sent and can no longer be mined did not happen: the channel goes on. */
function afterClosing(record: ChannelRecord, now: number): ChannelRecord {
  const { ledger, closingUntil = 0 } = record
  const missed = ledger.phase === 'closing' && ledger.missing === undefined && now > closingUntil
  return missed ? closeEnded(record, { phase: 'open' }) : record
}

/** Whether a close whose outcome was not known has come to be; one that reverted is over, and the channel goes on. */
async function closeCame(payee: Payee, { channelId, ledger, closingRaw }: ChannelRecord): Promise<boolean> {
  if (ledger.phase !== 'closing' || closingRaw === undefined) return false
  const receipt = await payee.chain.findReceipt(keccak256(closingRaw))
  if (receipt === undefined) return false
  await endClose(payee, channelId, receipt.success ? receipt.hash : undefined)
  return receipt.success
}

/** Ends a close. With its transaction the channel is closed; without one the channel is open again. */
export function endClose(
  payee: Payee,
  channelId: Bytes32,
  closeTransaction: Bytes32 | undefined,
): Promise<ChannelRecord> {
  return payee.store.update(channelId, (record) => {
    const before = record as ChannelRecord
    const next =
      closeTransaction === undefined
        ? closeEnded(before, { phase: before.ledger.phase === 'closed' ? 'closed' : 'open' })
        : { ...closeEnded(before, { phase: 'closed' }), closeTransaction }
    return { record: next, answer: next }
  })
}

function closeEnded(record: ChannelRecord, ended: Pick<Accounting.Ledger, 'phase'>): ChannelRecord {
  const { closingUntil: _, closingRaw: __, ...kept } = record
  return { ...kept, ledger: { ...kept.ledger, ...ended } }
}
