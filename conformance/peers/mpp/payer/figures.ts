/** Members of receipts and events, each read alone: amounts and ids, also those of another form that say the same. */
import type { Bytes32 } from '../../../../src/codec/hex.ts'
import type { JsonValue } from '../../../../src/codec/json.ts'

export const bytes32 = (value: JsonValue | undefined): Bytes32 | undefined =>
  typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value) ? (value.toLowerCase() as Bytes32) : undefined

/** Decimal text, or a number that is exact. */
export const amount = (value: JsonValue | undefined): bigint | undefined =>
  (typeof value === 'string' && /^[0-9]{1,78}$/.test(value)) || Number.isSafeInteger(value)
    ? BigInt(value as string | number)
    : undefined
