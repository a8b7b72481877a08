/** A payer's channel, and the two contracts it may live in. */

import type { ChainClient } from '../../../../src/chain/client.ts'
import { EscrowClient } from '../../../../src/chain/escrow-client.ts'
import { type Address, type Bytes32, type Hex, zeroAddress, zeroBytes32 } from '../../../../src/codec/hex.ts'
import * as ChannelId from '../../../../src/contracts/channel-id.ts'
import type { Descriptor } from '../../../../src/contracts/descriptor.ts'
import * as Reserve from '../../../../src/contracts/reserve.ts'
import { encodeCall } from '../../../../src/contracts/reserve-abi.ts'
import { pathUsd } from '../../../../src/contracts/token.ts'
import type * as Voucher from '../../../../src/contracts/voucher.ts'
import type { SessionProtocol } from '../../../../src/contracts/voucher.ts'
import type { KeyAccount } from '../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../src/keys/keccak.ts'
import { payee } from '../../../support/kit.ts'
import type { OpenStream } from './stream.ts'

/** Base units of one unit of content. */
export const unit = 1000n

export interface Purse {
  name: string
  payer: KeyAccount
  domain: Voucher.Domain
  id: Bytes32
  descriptor: Descriptor
  /** What the payer put in: the open, and every top-up it signed. */
  deposit: bigint
  /** Highest amount signed, every amount that was, and those the server said it took. */
  signed: bigint
  vouchers: bigint[]
  taken: bigint[]
  /** Units that came for the first time. */
  delivered: number
  /** Units that came once more under a key, for which a server may take money or not. */
  again: number
  /** Units that may have been charged and not received: one for each answer that was cut off. */
  inFlight: number
  /** Whether the server ever took a credential of it. */
  known: boolean
  /** Whether the server said that it is closed. */
  over: boolean
  /** What the last receipts said: a claim. */
  claimed: { accepted: bigint; spent: bigint }
  stream: OpenStream | undefined
  /** The challenges under which each keyed request was answered. */
  keys: Map<string, Set<string>>
}

type Call =
  | { type: 'topUp'; additionalDeposit: bigint }
  | { type: 'requestClose' }
  | { type: 'withdraw' }
  | { type: 'settle'; cumulativeAmount: bigint; signature: Hex }

/** The calls of a transaction about a channel. */
export async function callsOf(chain: ChainClient, purse: Purse, call: Call) {
  const { id: channelId, descriptor, domain } = purse
  return domain.protocol === 'v1'
    ? new EscrowClient(chain).calls({ ...call, channelId })
    : [{ to: Reserve.address, data: encodeCall({ ...call, descriptor }) }]
}

/** Signs an open. Nothing is sent. */
export async function signOpen(
  chain: ChainClient,
  payer: KeyAccount,
  options: { protocol: SessionProtocol; deposit: bigint; name: string },
): Promise<{ purse: Purse; raw: Hex }> {
  const { protocol, deposit, name } = options
  const parts = {
    payee: payee.address as Address,
    operator: zeroAddress,
    token: pathUsd,
    salt: keccakText(`${payer.address} ${name}`),
    authorizedSigner: zeroAddress,
  }
  const escrow = new EscrowClient(chain)
  const place = {
    chainId: await chain.chainId(),
    escrow: protocol === 'v1' ? escrow.address : Reserve.address,
  }
  const { operator: _, ...v1 } = parts
  const calls =
    protocol === 'v1'
      ? await escrow.calls({ type: 'open', deposit, ...v1 })
      : [{ to: Reserve.address, data: encodeCall({ type: 'open', deposit, ...parts }) }]
  const { raw, expiringNonceHash } = await chain.sign(payer, calls, { feeToken: pathUsd })
  const descriptor: Descriptor = {
    ...parts,
    payer: payer.address,
    expiringNonceHash: protocol === 'v1' ? zeroBytes32 : expiringNonceHash,
  }
  const id = protocol === 'v1' ? ChannelId.v1(descriptor, place) : ChannelId.v2(descriptor, place)
  const purse: Purse = {
    name,
    payer,
    domain: { protocol, ...place },
    id,
    descriptor,
    deposit,
    signed: 0n,
    vouchers: [],
    taken: [],
    delivered: 0,
    again: 0,
    inFlight: 0,
    known: false,
    over: false,
    claimed: { accepted: 0n, spent: 0n },
    stream: undefined,
    keys: new Map(),
  }
  return { purse, raw }
}

/** A channel on chain: what it holds, and how it ended. */
export async function onChain(chain: ChainClient, { id, domain }: Purse) {
  if (domain.protocol === 'v2') {
    const [slot, [closing]] = [await chain.channel(id), await chain.closings(id)]
    return { ...slot, captured: closing?.settledToPayee, refunded: closing?.refundedToPayer }
  }
  const escrow = new EscrowClient(chain)
  const [channel, [closing]] = [await escrow.channel(id), await escrow.closings(id)]
  const { deposit = 0n, settled = 0n, closeRequestedAt = 0, finalized = false } = channel ?? {}
  return {
    deposit: finalized ? 0n : deposit,
    settled,
    closeRequestedAt,
    captured: closing?.settledToPayee,
    refunded: closing?.refundedToPayer,
  }
}
