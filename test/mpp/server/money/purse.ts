/** A payer's channel, and the two contracts it may live in. */

import { type Calls, liveDeposit } from '../../../../src/chain/channel-contract/face.ts'
import type { ChannelContract } from '../../../../src/chain/channel-contract.ts'
import type { ChainClient } from '../../../../src/chain/client.ts'
import { type Address, type Bytes32, type Hex, zeroAddress } from '../../../../src/codec/hex.ts'
import type { Descriptor } from '../../../../src/contracts/descriptor.ts'
import { pathUsd } from '../../../../src/contracts/token.ts'
import type * as Voucher from '../../../../src/contracts/voucher.ts'
import type { SessionProtocol } from '../../../../src/contracts/voucher.ts'
import type { KeyAccount } from '../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../src/keys/keccak.ts'
import { escrowOn, reserveOn } from '../../../support/contracts.ts'
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

const contractOf = (chain: ChainClient, protocol: SessionProtocol): ChannelContract =>
  protocol === 'v1' ? escrowOn(chain) : reserveOn(chain)

/** The calls of a transaction about a channel. */
export function callsOf(chain: ChainClient, { id: channelId, descriptor, domain }: Purse, call: Call): Calls {
  return contractOf(chain, domain.protocol).calls({ ...call, channel: { channelId, descriptor } })
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
  const contract = contractOf(chain, protocol)
  const chainId = await chain.chainId()
  const signed = await contract.sign(payer, { type: 'open', deposit, ...parts }, { feeToken: pathUsd })
  const descriptor = contract.descriptor({ ...parts, payer: payer.address }, signed)
  const purse: Purse = {
    name,
    payer,
    domain: contract.domain(chainId),
    id: contract.idOf(descriptor, chainId),
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
  return { purse, raw: signed.raw }
}

/** A channel on chain: what it holds, and how it ended. */
export async function onChain(chain: ChainClient, { id, domain }: Purse) {
  const contract = contractOf(chain, domain.protocol)
  const [slot, [closing]] = [await contract.slot(id), await contract.closings(id)]
  return {
    deposit: liveDeposit(slot),
    settled: slot.settled,
    closeRequestedAt: slot.closeRequestedAt,
    captured: closing?.settledToPayee,
    refunded: closing?.refundedToPayer,
  }
}
