/**
 * The text of a session's receipt, for receipts that have what they should and nothing else: what the compiled schema
 * writes and reads member by member, written and read in one step. Whatever else is left to that, and then to zod.
 */
import { type Compiled, miss } from '../../codec/compiled-schema.ts'
import type { Bytes32 } from '../../codec/hex.ts'
import * as Timestamp from '../../codec/timestamp.ts'
import * as Uint from '../../codec/uint.ts'

/** The members of a receipt, as `receipt.ts` has them. */
interface Members {
  method: 'tempo'
  intent: 'session'
  status: 'success'
  timestamp: string
  reference: Bytes32
  challengeId: string
  channelId: Bytes32
  acceptedCumulative: bigint
  spent: bigint
  units?: number
  txHash?: Bytes32
}

const word = /^0x[0-9a-f]{64}$/
const plain = /^[ !#-[\]-~]*$/
const isAmount = (value: unknown): boolean => typeof value === 'bigint' && value >= 0n

/** A receipt to its canonical text; undefined for one that is not as every server makes them. */
function write(receipt: Members): string | undefined {
  if (typeof receipt !== 'object' || receipt === null) return undefined
  if (Object.getPrototypeOf(receipt) !== Object.prototype) return undefined
  const { acceptedCumulative, challengeId, channelId, reference, spent, timestamp, txHash, units } = receipt
  let members = 9
  let more = ''
  if (txHash !== undefined) {
    if (typeof txHash !== 'string' || !word.test(txHash)) return undefined
    more = `,"txHash":"${txHash}"`
    members++
  }
  if (units !== undefined) {
    if (!Number.isSafeInteger(units) || units < 0) return undefined
    more += `,"units":${units}`
    members++
  }
  const isKnown =
    receipt.intent === 'session' &&
    receipt.method === 'tempo' &&
    receipt.status === 'success' &&
    isAmount(acceptedCumulative) &&
    isAmount(spent) &&
    typeof challengeId === 'string' &&
    plain.test(challengeId) &&
    typeof channelId === 'string' &&
    word.test(channelId) &&
    // Most often the very same text, which is seen at once.
    (reference === channelId || (typeof reference === 'string' && word.test(reference))) &&
    typeof timestamp === 'string' &&
    Timestamp.isPlain(timestamp) &&
    Object.keys(receipt).length === members
  if (!isKnown) return undefined
  return `{"acceptedCumulative":"${acceptedCumulative}","challengeId":"${challengeId}","channelId":"${channelId}","intent":"session","method":"tempo","reference":"${reference}","spent":"${spent}","status":"success","timestamp":"${timestamp}"${more}}`
}

/** Canonical text; its parts in the order of `value`. */
const source =
  '\\{"acceptedCumulative":"([0-9]{1,39})","challengeId":"([ !#-[\\]-~]*)","channelId":"(0x[0-9a-f]{64})",' +
  '"intent":"session","method":"tempo","reference":"(0x[0-9a-f]{64})","spent":"([0-9]{1,39})","status":"success",' +
  '"timestamp":"([0-9.:TZ-]{20,24})"(?:,"txHash":"(0x[0-9a-f]{64})")?(?:,"units":(0|[1-9][0-9]{0,14}))?\\}'

function value(found: readonly (string | undefined)[], at: number): Members | undefined {
  const timestamp = found[at + 5] as string
  const acceptedCumulative = BigInt(found[at] as string)
  const spent = BigInt(found[at + 4] as string)
  if (acceptedCumulative > Uint.maxUint128 || spent > Uint.maxUint128 || !Timestamp.isPlain(timestamp))
    return undefined
  const [txHash, units] = [found[at + 6], found[at + 7]]
  const receipt: Members = {
    method: 'tempo',
    intent: 'session',
    status: 'success',
    timestamp,
    reference: found[at + 3] as Bytes32,
    challengeId: found[at + 1] as string,
    channelId: found[at + 2] as Bytes32,
    acceptedCumulative,
    spent,
  }
  if (units !== undefined) receipt.units = Number(units)
  if (txHash !== undefined) receipt.txHash = txHash as Bytes32
  return receipt
}

/** What stands in for the general way, which is asked about whatever this one does not know. */
export const inOneStep = (general: Compiled): Compiled => ({
  ...general,
  write: (receipt) => write(receipt as Members) ?? general.write(receipt),
  text: { source, groups: 8, value: (found, at) => value(found, at) ?? miss },
})
