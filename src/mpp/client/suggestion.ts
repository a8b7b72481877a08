/**
 * A channel that a payee suggests to a payer who does not remember it, as pure rules. A snapshot is a claim: the id must
 * follow from the descriptor, the parties must be those of this sale, and the chain must show that the payer signed for
 * what is said to be accepted. A channel of which more is claimed is left alone, and another one is opened.
 */
import type { Address } from '../../codec/hex.ts'
import * as Hex from '../../codec/hex.ts'
import * as ChannelId from '../../contracts/channel-id.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import type { Snapshot } from '../wire/snapshot.ts'
import { protocolOf } from './session-protocol.ts'

/** A suggested channel, and who is asked to go on with it. */
export interface Suggestion {
  snapshot: Snapshot
  terms: SessionRequest
  chainId: number
  /** The payer, and the signer that its own channels are opened with. */
  payer: Address
  authorizedSigner: Address
}

/** The channel on chain; base units. */
export interface OnChain {
  deposit: bigint
  settled: bigint
}

/** The rules about a suggested channel. */
export const suggestionRules = {
  /** Whether the id is that of the descriptor, in the contract and on the chain of the terms (SESS-SNAP-004). */
  derived({ snapshot, terms, chainId }: Suggestion): boolean {
    const { channelId, descriptor, escrow } = snapshot
    const { methodDetails } = terms
    return (
      protocolOf(terms) === 'v2' &&
      snapshot.chainId === chainId &&
      escrow === methodDetails.escrowContract &&
      channelId === methodDetails.channelId &&
      channelId === ChannelId.v2(descriptor, { escrow, chainId })
    )
  },
  /** Whether it is between this payer and this payee, in this token, and signed for by this signer (SESS-CLI-002). */
  own({ snapshot: { descriptor }, terms, payer, authorizedSigner }: Suggestion): boolean {
    const { operator = Hex.zeroAddress } = terms.methodDetails
    return (
      descriptor.payer === payer &&
      descriptor.payee === terms.recipient &&
      descriptor.operator === operator &&
      descriptor.token === terms.currency &&
      descriptor.authorizedSigner === authorizedSigner
    )
  },
  /** Whether the chain proves all that is said to be accepted: only what was settled is known to be signed (SESS-SNAP-005, spec/readings.md S7). */
  proven: ({ acceptedCumulative, spent }: Snapshot, { settled }: OnChain): boolean =>
    acceptedCumulative <= settled && spent <= settled,
  /** Whether the next unit is within the budget; the deposit may be topped up for it (SESS-REQ-010). */
  affordable: ({ amount }: SessionRequest, { settled }: OnChain, maxDeposit: bigint): boolean =>
    settled + amount <= maxDeposit,
  /** What was signed on it so far. */
  total: (_: Snapshot, { settled }: OnChain): bigint => settled,
  /** What it holds: what the chain says, whatever the snapshot does (SESS-REQ-009). */
  deposit: (_: Snapshot, { deposit }: OnChain): bigint => deposit,
}
