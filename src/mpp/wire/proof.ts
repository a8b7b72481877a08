/**
 * The zero-amount proof: an EIP-712 signature over a challenge id, by which a payer shows who it is without paying.
 * Source: tempo charge draft, "Proof Payload"; used by the session draft's "Bootstrap Preflight".
 */
import { z } from 'zod'
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import { bytes, decodeWith, encodeWith, type Known } from '../../codec/schema.ts'
import type { Account } from '../../keys/account.ts'
import { keccakText } from '../../keys/keccak.ts'
import * as Signature from '../../keys/signature.ts'
import * as TypedData from '../../keys/typed-data.ts'
import { type Refusal, refuse } from './problem.ts'
import type { Source } from './source.ts'

/** The payload of a zero-amount proof. Source: tempo charge draft, "Proof Payload". */
export const schema = z.looseObject({ type: z.literal('proof'), signature: bytes })

/** The payload of a credential that proves and does not pay. */
export type Proof = Known<z.output<typeof schema>>

/** A proof to the JSON object inside a credential. */
export const toJson = (proof: Proof): z.input<typeof schema> => encodeWith(schema, proof)

/** The JSON object inside a credential to a proof. Throws `DecodeError`. */
export const fromJson = (value: unknown): Proof => decodeWith(schema, value)

const proofType = keccakText('Proof(string challengeId)')

/** A proof as wallets take it (`eth_signTypedData_v4`). */
export const typedData = (challengeId: string, chainId: number) =>
  ({
    domain: { name: 'MPP', version: '1', chainId },
    types: { Proof: [{ name: 'challengeId', type: 'string' }] },
    primaryType: 'Proof',
    message: { challengeId },
  }) as const

/** The 32 bytes a payer signs (TCHG-PROOF-004). */
export function digest(challengeId: string, chainId: number): Bytes32 {
  const separator = TypedData.domainSeparator({ name: 'MPP', version: '1', chainId })
  return TypedData.digest(separator, proofType, keccakText(challengeId))
}

/** Signs a challenge id: 65 bytes, v 27 or 28, low s. */
export const sign = async (challengeId: string, chainId: number, account: Account): Promise<Hex> =>
  TypedData.sign(digest(challengeId, chainId), account)

/**
 * The address that signed a proof; undefined when no key could have made the signature. Throws `DecodeError` when
 * malformed.
 */
export const recover = (
  challengeId: string,
  chainId: number,
  signature: string,
  recoverKey?: Signature.Recover,
): Address | undefined =>
  Signature.recover(Signature.decode(signature), digest(challengeId, chainId), recoverKey)

/**
 * "Proof Verification", steps 2-4: the source is on the challenge's chain, and it is who signed. High s is refused
 * like anywhere (spec/readings.md W15). Throws `DecodeError` for a malformed signature.
 */
export function verify(
  {
    challengeId,
    chainId,
    source,
    signature,
  }: {
    challengeId: string
    /** Of the challenge's `methodDetails`. */
    chainId: number
    source: Source
    signature: string
  },
  recoverKey?: Signature.Recover,
): Refusal | undefined {
  if (source.chainId !== chainId)
    return refuse(
      'verification-failed',
      `the source is on chain ${source.chainId}, the challenge on ${chainId}`,
    )
  const decoded = Signature.decode(signature)
  if (!Signature.isCanonical(decoded)) return refuse('verification-failed', 'the signature has a high s')
  const signer = Signature.recover(decoded, digest(challengeId, chainId), recoverKey)
  return signer === source.address
    ? undefined
    : refuse('verification-failed', 'the proof was not signed by its source')
}
