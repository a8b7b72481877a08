/** Tempo transactions, as far as a channel id depends on them. */

import * as Transaction from '../../../src/chain/transaction.ts'
import type { JsonObject } from '../../../src/codec/json.ts'
import { accountFromKey } from '../../../src/keys/accounts.ts'
import { delegateKey, payer, payerKey, reserve, token } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'

const request = {
  chainId: 4217,
  calls: [{ to: reserve, data: '0xedc53b00' }],
  gas: '500000',
  maxFeePerGas: '1000000000',
  nonceKey: `${2n ** 256n - 1n}`,
  nonce: '0',
  validBefore: 1_767_701_100,
  feeToken: token,
} satisfies JsonObject
const inner = {
  ...request,
  gas: 500_000n,
  maxFeePerGas: 1_000_000_000n,
  nonceKey: 2n ** 256n - 1n,
  nonce: 0n,
} as unknown as Transaction.TransactionRequest
const plain = await Transaction.sign(inner, accountFromKey(payerKey))
const { feeToken: _, ...unpaid } = inner as Transaction.TransactionRequest & { feeToken?: unknown }
const sponsored = await Transaction.sign(
  { ...unpaid, sponsored: true } as Transaction.TransactionRequest,
  accountFromKey(payerKey),
)
const paid = await Transaction.sponsor(sponsored.raw, token, accountFromKey(delegateKey))

export const transaction: Definition = {
  file: 'transaction',
  title: 'Tempo transactions and the expiring nonce hash',
  groups: [
    {
      op: 'transaction.sign',
      comment: 'a request to signed bytes, deterministic',
      requirements: ['CHAN-ID-006'],
      naming: { 'SESS-FEE-001': /awaited/, 'SESS-FEE-002': /^the sender pays/ },
      tests: [
        valid('the sender pays the fee', { request, privateKey: payerKey }),
        valid('a fee payer is awaited', { request: { ...request, sponsored: true }, privateKey: payerKey }),
        valid('two calls', {
          request: {
            ...request,
            calls: [
              { to: token, data: '0x01' },
              { to: reserve, data: '0xedc53b00' },
            ],
          },
          privateKey: payerKey,
        }),
        invalid('key zero', { request, privateKey: `0x${'00'.repeat(32)}` }, 'unencodable', 'SignatureForm'),
      ],
    },
    {
      op: 'transaction.nonceHash',
      comment: 'keccak256 of what the sender signed and the sender; a fee payer changes nothing',
      requirements: ['CHAN-ID-006'],
      tests: [
        valid(
          'the sender pays',
          { transaction: plain.raw },
          { sender: payer, expiringNonceHash: plain.expiringNonceHash, feePayer: 'sender' },
        ),
        valid(
          'a fee payer is awaited',
          { transaction: sponsored.raw },
          { sender: payer, expiringNonceHash: sponsored.expiringNonceHash, feePayer: 'awaited' },
        ),
        valid(
          'a fee payer has signed: the same hash',
          { transaction: paid },
          {
            sender: payer,
            expiringNonceHash: sponsored.expiringNonceHash,
            feePayer: accountFromKey(delegateKey).address,
          },
        ),
        invalid('another type', { transaction: `0x02${plain.raw.slice(4)}` }, 'bad-value'),
        invalid('cut short', { transaction: plain.raw.slice(0, -2) }, 'bad-syntax'),
        invalid('run on', { transaction: `${plain.raw}00` }, 'non-canonical'),
        invalid('an empty list', { transaction: '0x76c0' }, 'bad-length'),
        invalid('the type alone', { transaction: '0x76' }, 'bad-length', 'EmptyValue'),
        invalid('nothing', { transaction: '0x' }, 'bad-value', 'EmptyValue'),
        invalid('no hex', { transaction: '76c0' }, 'bad-syntax', 'HexForm'),
      ],
    },
  ],
}
