/** A payment that another library signed (v1, v2): our digest is the one it signed. */
import { expect, test } from 'vitest'
import * as Signature from '../../../src/keys/signature.ts'
import * as Exact from '../../../src/x402/wire/exact.ts'

const payer = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
const token = { address: '0x5fbdb2315678afecb367f032d93f642f64180aa3', name: 'USDC', version: '2' } as const

test.each([
  [
    'v1',
    {
      signature:
        '0xb973a9175046857efd4aa966284eb95e96d424bbd9501f8197e63f8b71e6f1820bbce5357731fe8851ddd0d584444d95bde0ec9906d91ead6578a1bce80f38151b',
      authorization: {
        from: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
        to: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
        value: '10000',
        validAfter: '1795246320',
        validBefore: '1795246980',
        nonce: '0xd34f785e17cdfe41dcf8b2999e871cd008fdb1c2462af216c55f2aaa85fd36ff',
      },
    },
  ],
  [
    'v2',
    {
      signature:
        '0xb34764c3bc42a3e443e35dc265ccaaf5a25352fef71c4ff49f415696a947b9fb5586a47242a23ae17e5663ef66963172d0ec0a87b5e0ca44b1e28bf8947d3b651b',
      authorization: {
        from: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
        to: '0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65',
        value: '10000',
        validAfter: '0',
        validBefore: '1795247146',
        nonce: '0x0dcf10e3aeb8c68166d2aa9b3bd04a387f004840243fcb5412a7c38760c5dda5',
      },
    },
  ],
])('%s', (_, payload) => {
  const { signature, authorization } = Exact.fromJson(payload)
  const digest = Exact.digest(authorization, token, 84_532)
  expect(Signature.recover(Signature.decode(signature), digest)).toBe(payer)
  const other = Exact.digest({ ...authorization, value: 1n }, token, 84_532)
  expect(Signature.recover(Signature.decode(signature), other)).not.toBe(payer)
})
