/** `did:pkh:eip155:<chainId>:<address>`: how a credential names its payer. A claim until a signature proves it. */
import { DecodeError } from '../../codec/decode-error.ts'
import * as Hex from '../../codec/hex.ts'

/** Who pays: an account on a chain. */
export interface Source {
  chainId: number
  address: Hex.Address
}

/** A source to its DID, address in lower case. */
export const encode = ({ chainId, address }: Source): string =>
  `did:pkh:eip155:${chainId}:${address.toLowerCase()}`

/** A DID to a source. Throws `DecodeError`. */
export function decode(text: string): Source {
  const parts = /^did:pkh:eip155:([1-9][0-9]{0,15}):(0x[0-9a-fA-F]{40})$/.exec(text)
  if (parts === null) throw new DecodeError('bad-syntax', 'expected did:pkh:eip155:<chainId>:<address>')
  const chainId = Number(parts[1])
  if (!Number.isSafeInteger(chainId)) throw new DecodeError('out-of-range', 'chain id is not a safe integer')
  return { chainId, address: Hex.address(parts[2] as string) }
}
