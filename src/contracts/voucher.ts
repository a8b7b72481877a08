/**
 * Vouchers: EIP-712 signed promises of a cumulative amount on one channel.
 * Source: tempo session draft, "Voucher Signing Format"; v1 signs uint128 amounts, v2 uint96.
 */
import * as HexCodec from '../codec/hex.ts'
import { type Address, type Bytes32, type Hex, zeroBytes32 } from '../codec/hex.ts'
import { maxUint96, maxUint128 } from '../codec/uint.ts'
import type { Account } from '../keys/account.ts'
import { keccakText, words } from '../keys/keccak.ts'
import * as Signature from '../keys/signature.ts'
import * as TypedData from '../keys/typed-data.ts'
import type { Place } from './channel-id.ts'

/** v1 channels live in an escrow contract, v2 channels in the reserve (TIP-1034). */
export type SessionProtocol = 'v1' | 'v2'

/** What a voucher is signed under: the protocol, the contract that holds the channel, and its chain. */
export interface Domain extends Place {
  protocol: SessionProtocol
}

/** A payer's authorization to take up to a total from one channel. */
export interface Voucher {
  channelId: Bytes32
  /** Total authorized on the channel so far, in base units; not an increment. */
  cumulativeAmount: bigint
}

const version = (name: string, amountType: string, max: bigint) => ({
  name,
  amountType,
  typeHash: keccakText(`Voucher(bytes32 channelId,${amountType} cumulativeAmount)`),
  max,
})
const versions = {
  v1: version('Tempo Stream Channel', 'uint128', maxUint128),
  v2: version('TIP20 Channel Reserve', 'uint96', maxUint96),
} as const

/** The type hash of a protocol's voucher. */
export const typeHash = (protocol: SessionProtocol): Bytes32 => versions[protocol].typeHash

/** The largest amount that a voucher of a protocol can name, in base units: a uint128 in v1, a uint96 in v2. */
export const maxAmount = (protocol: SessionProtocol): bigint => versions[protocol].max

/** The EIP-712 domain separator: 32 bytes as hex. */
export const domainSeparator = (domain: Domain): Bytes32 => separatorOf(domain).separator

/** The separator asked for last: a server checks vouchers of one contract only. */
let latest = { protocol: '', chainId: 0, escrow: '', separator: zeroBytes32, bytes: new Uint8Array(32) }

function separatorOf({ protocol, chainId, escrow }: Domain): typeof latest {
  if (latest.escrow === escrow && latest.chainId === chainId && latest.protocol === protocol) return latest
  const separator = TypedData.domainSeparator({
    name: versions[protocol].name,
    version: '1',
    chainId,
    verifyingContract: escrow,
  })
  latest = {
    protocol,
    chainId,
    escrow,
    separator,
    bytes: HexCodec.decode(separator) as Uint8Array<ArrayBuffer>,
  }
  return latest
}

/** The struct hashed last: a type, a channel and an amount, 32 bytes each. What stays the same is not written again. */
const struct = { type: '', channelId: '', bytes: new Uint8Array(96) }
const amountWords = new DataView(struct.bytes.buffer, 80)

function structOf(type: Bytes32, { channelId, cumulativeAmount }: Voucher): Uint8Array {
  if (struct.type !== type) struct.bytes.set(HexCodec.decode(type))
  struct.type = type
  if (struct.channelId !== channelId) struct.bytes.set(HexCodec.decode(words(channelId)), 32)
  struct.channelId = channelId
  // An amount has 128 bits at most.
  amountWords.setBigUint64(0, cumulativeAmount >> 64n)
  amountWords.setBigUint64(8, cumulativeAmount & 0xffff_ffff_ffff_ffffn)
  return struct.bytes
}

function checkAmount({ cumulativeAmount }: Voucher, { protocol }: Domain): void {
  if (cumulativeAmount < 0n || cumulativeAmount > maxAmount(protocol))
    throw new RangeError(`a ${protocol} voucher cannot name ${cumulativeAmount}`)
}

/**
 * A voucher as wallets take it (`eth_signTypedData_v4`). `EIP712Domain` is implied and not listed (SESS-SIG-003).
 * Throws `RangeError` when the amount does not fit the protocol.
 */
export function typedData(voucher: Voucher, domain: Domain) {
  checkAmount(voucher, domain)
  const { name, amountType } = versions[domain.protocol]
  return {
    domain: { name, version: '1', chainId: domain.chainId, verifyingContract: domain.escrow },
    types: {
      Voucher: [
        { name: 'channelId', type: 'bytes32' },
        { name: 'cumulativeAmount', type: amountType },
      ],
    },
    primaryType: 'Voucher',
    message: { channelId: voucher.channelId, cumulativeAmount: voucher.cumulativeAmount.toString() },
  } as const
}

/** The 32 bytes a signer signs. Throws `RangeError` when the amount does not fit the protocol. */
export const digest = (voucher: Voucher, domain: Domain): Bytes32 =>
  digestOf(typeHash(domain.protocol), voucher, domain)

/** As `digest`, of another struct with the members of a voucher. */
export function digestOf(type: Bytes32, voucher: Voucher, domain: Domain): Bytes32 {
  checkAmount(voucher, domain)
  return TypedData.digestOfBytes(separatorOf(domain).bytes, structOf(type, voucher))
}

/**
 * Signs a voucher. Answers 65 bytes of hex: v is 27 or 28, s is low. Rejects with `RangeError` when the amount is
 * negative or over the protocol's `maxAmount`, and with what the account throws.
 *
 * ```ts
 * const domain = { protocol: 'v2', escrow: Reserve.address, chainId: 42431 }
 * const signature = await Voucher.sign({ channelId, cumulativeAmount: 5000n }, domain, payer)
 * ```
 */
export const sign = async (voucher: Voucher, domain: Domain, account: Account): Promise<Hex> =>
  TypedData.sign(digest(voucher, domain), account)

/**
 * The address that signed a voucher, in lower case; undefined when no key could have made the signature. A high s
 * recovers too: use `verify` to accept a voucher. Throws `DecodeError` for a malformed signature, `RangeError` as
 * `digest`.
 */
export const recover = (
  voucher: Voucher,
  domain: Domain,
  signature: string,
  recoverKey?: Signature.Recover,
): Address | undefined => Signature.recover(Signature.decode(signature), digest(voucher, domain), recoverKey)

/**
 * Whether `signer` signed the voucher, with a canonical signature (low s). Throws `DecodeError` for a malformed
 * signature, `RangeError` as `digest`.
 */
export function verify(
  voucher: Voucher,
  domain: Domain,
  signature: string,
  signer: Address,
  recoverKey?: Signature.Recover,
): boolean {
  const decoded = Signature.decode(signature)
  return (
    Signature.isCanonical(decoded) &&
    Signature.recover(decoded, digest(voucher, domain), recoverKey) === signer.toLowerCase()
  )
}
