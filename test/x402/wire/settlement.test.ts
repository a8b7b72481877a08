/** Which successes can be of a payment, and which contradict it. */
import { expect, test } from 'vitest'
import { isSameNetwork } from '../../../src/x402/wire/network.ts'
import { contradiction, type Settlement } from '../../../src/x402/wire/settlement.ts'

const payer = '0x857b06519E91e3A54538791bDbb0E22373e36b66'
const transaction = `0x${'ab'.repeat(32)}`
const network = 'eip155:84532'

test.each<[string, Partial<Settlement>, ReturnType<typeof contradiction>]>([
  ['as it was asked', {}, undefined],
  ['the word of v1 for the chain', { network: 'base-sepolia' }, undefined],
  ['the payer in small letters', { payer: payer.toLowerCase() }, undefined],
  ['no payer', { payer: undefined }, undefined],
  ['null for the payer', { payer: null }, undefined],
  ['no transaction', { transaction: undefined }, 'no-transaction'],
  ['null for the transaction', { transaction: null }, 'no-transaction'],
  ['an empty transaction', { transaction: '' }, 'no-transaction'],
  ['a transaction that is no hash', { transaction: 'pending' }, 'no-transaction'],
  ['another chain', { network: 'eip155:8453' }, 'other-network'],
  ['the word of v1 for another chain', { network: 'base' }, 'other-network'],
  ['no network', { network: '' }, 'other-network'],
  ['another payer', { payer: `0x${'11'.repeat(20)}` }, 'other-payer'],
  ['an empty payer', { payer: '' }, 'other-payer'],
])('a success with %s', (_, said, expected) => {
  const settlement: Settlement = { success: true, transaction, network, payer, ...said }
  expect(contradiction(settlement, { network, payer })).toBe(expected)
})

test('a failure says what it likes', () => {
  const failed: Settlement = { success: false, transaction: '', network: '', payer: '' }
  expect(contradiction(failed, { network, payer })).toBeUndefined()
})

test.each([
  ['base', 'eip155:8453', true],
  ['eip155:8453', 'eip155:8453', true],
  ['solana:mainnet', 'solana:mainnet', true],
  ['solana:mainnet', 'eip155:1', false],
  ['', 'nowhere', false],
])('%j and %j', (a, b, same) => {
  expect([isSameNetwork(a, b), isSameNetwork(b, a)]).toEqual([same, same])
})
