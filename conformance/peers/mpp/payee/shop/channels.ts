/**
 * The channels that credentials speak of, as the kit's payee can know them: from the signed open, or from a descriptor.
 * Whether a voucher is worth anything is decided here, whatever the payee's server makes of it.
 */
import * as Transaction from '../../../../../src/chain/transaction.ts'
import type { Address, Bytes32, Hex } from '../../../../../src/codec/hex.ts'
import * as HexCodec from '../../../../../src/codec/hex.ts'
import * as Uint from '../../../../../src/codec/uint.ts'
import type { Descriptor } from '../../../../../src/contracts/descriptor.ts'
import * as EscrowAbi from '../../../../../src/contracts/escrow-abi.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import * as ReserveAbi from '../../../../../src/contracts/reserve-abi.ts'
import * as Voucher from '../../../../../src/contracts/voucher.ts'
import { voucherSigner } from '../../../../../src/contracts/voucher-signer.ts'
import { fastestCurve } from '../../../../../src/keys/native-curve.ts'
import type { Payload } from '../../../../../src/mpp/wire/payload.ts'
import { quietly } from './sent.ts'

/** A channel a client spoke of. */
export interface KnownChannel {
  id: Bytes32
  descriptor: Descriptor
  domain: Voucher.Domain
  /** What its open deposits; 0 where no open was seen. */
  opening: bigint
}

/** A voucher that its channel's payee could collect on. */
export interface Promised {
  amount: bigint
  signature: Hex
}

/** What a signed transaction of a payer would do to a channel contract. */
export interface SignedDeposit {
  transaction: Transaction.Transaction
  /** The contract that would hold it. */
  escrow: Address
  amount: bigint
}

/** Reads a payer's transaction; undefined where it is none. */
export function depositIn(raw: Hex): (SignedDeposit & { call: ReturnType<typeof callOf> }) | undefined {
  const transaction = quietly(() => Transaction.decode(raw, fastestCurve))
  const last = transaction?.calls.at(-1)
  if (transaction === undefined || last?.to === undefined) return undefined
  const call = callOf(last.to, last.data)
  const amount = call?.type === 'open' ? call.deposit : call?.type === 'topUp' ? call.additionalDeposit : 0n
  return { transaction, escrow: last.to, amount, call }
}

const callOf = (to: Address, data: Hex) =>
  quietly(() => (to === Reserve.address ? ReserveAbi.decodeCall(data) : EscrowAbi.decodeCall(data)))

export class KnownChannels {
  readonly #chainId: number
  readonly #known = new Map<Bytes32, KnownChannel>()
  readonly #promises = new Map<Bytes32, Promised[]>()

  constructor(chainId: number) {
    this.#chainId = chainId
  }

  get all(): readonly KnownChannel[] {
    return [...this.#known.values()]
  }

  /** The channel of a payload; undefined where nothing says which parties it is between. */
  of(payload: Payload): KnownChannel | undefined {
    const known = this.#known.get(payload.channelId)
    if (known !== undefined) return known
    const found = this.#read(payload)
    if (found !== undefined) this.#known.set(payload.channelId, found)
    return found
  }

  /** Remembers the voucher of a payload, if its channel's payee could collect on it; answers it. */
  promise(payload: Payload): Promised | undefined {
    const channel = this.of(payload)
    if (channel === undefined || payload.action === 'topUp') return undefined
    const { channelId, cumulativeAmount: amount, signature } = payload
    const { domain, descriptor } = channel
    if (amount > Voucher.maxAmount(domain.protocol)) return undefined
    const signer = voucherSigner(descriptor)
    const voucher = { channelId, cumulativeAmount: amount }
    if (!quietly(() => Voucher.verify(voucher, domain, signature, signer, fastestCurve))) return undefined
    this.#promises.set(channelId, [...(this.#promises.get(channelId) ?? []), { amount, signature }])
    return { amount, signature }
  }

  /** The highest voucher of a channel that a deposit covers. */
  best(id: Bytes32, deposit: bigint): Promised | undefined {
    return (this.#promises.get(id) ?? [])
      .filter(({ amount }) => amount <= deposit)
      .toSorted((one, other) => (one.amount < other.amount ? 1 : -1))[0]
  }

  /** The highest amount that was ever signed for on a channel. */
  signed(id: Bytes32): bigint {
    return this.best(id, Uint.maxUint128)?.amount ?? 0n
  }

  #read(payload: Payload): KnownChannel | undefined {
    const { channelId: id, descriptor } = payload
    const at = (protocol: Voucher.SessionProtocol, escrow: Address): Voucher.Domain => ({
      protocol,
      escrow,
      chainId: this.#chainId,
    })
    const opened = payload.action === 'open' ? depositIn(payload.transaction) : undefined
    const opening = opened?.amount ?? 0n
    if (descriptor !== undefined) return { id, descriptor, domain: at('v2', Reserve.address), opening }
    if (opened?.call?.type !== 'open') return undefined
    const { payee, token, salt, authorizedSigner } = opened.call
    const { sender: payer } = opened.transaction
    const parties = { payer, payee, token, salt, authorizedSigner }
    const none = { operator: HexCodec.zeroAddress, expiringNonceHash: HexCodec.zeroBytes32 }
    return { id, descriptor: { ...parties, ...none }, domain: at('v1', opened.escrow), opening }
  }
}
