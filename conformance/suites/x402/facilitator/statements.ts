/** What a user may state of a facilitator because it cannot be learnt. */

import { DecodeError } from '../../../../src/codec/decode-error.ts'
import { address } from '../../../../src/codec/hex.ts'
import type { Domain } from '../../../../src/contracts/transfer-authorization.ts'
import type { Statement } from '../../../kit/suite.ts'

export const statements: { asset: Statement & { show(value: Domain): string } } = {
  asset: {
    flag: '--asset <address,name,version>',
    what: 'the EIP-3009 token to settle in (default: USDC of Base Sepolia)',
    parse: asset,
    show: ({ address, name, version }) => [address, name, version].join(','),
  },
}

/** Reads a token. Throws `TypeError`. */
function asset(text: string): Domain {
  const [at = '', name, version] = text.split(',')
  if (name === undefined || version === undefined) throw new TypeError('expected address,name,version')
  try {
    return { address: address(at), name, version }
  } catch (error) {
    if (error instanceof DecodeError) throw new TypeError(`${at} is no address`)
    throw error
  }
}
