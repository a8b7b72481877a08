/** Sample values; override what a test is about. */
import type { Address, Bytes32 } from '../../src/codec/hex.ts'
import type { Descriptor } from '../../src/contracts/descriptor.ts'
import type { SessionRequest } from '../../src/mpp/wire/session-request.ts'

export const address = (byte: string): Address => `0x${byte.repeat(20)}`
export const bytes32 = (byte: string): Bytes32 => `0x${byte.repeat(32)}`
export const token: Address = '0x20c0000000000000000000000000000000000000'
export const reserve: Address = '0x4d50500000000000000000000000000000000000'

export const descriptor: Descriptor = {
  payer: address('11'),
  payee: address('22'),
  operator: address('00'),
  token,
  salt: bytes32('aa'),
  authorizedSigner: address('00'),
  expiringNonceHash: bytes32('bb'),
}

export const terms: SessionRequest = {
  amount: 1000n,
  currency: token,
  recipient: address('22'),
  unitType: 'word',
  suggestedDeposit: 40_000n,
  methodDetails: { escrowContract: reserve, chainId: 42431, sessionProtocol: 'v2' },
}
