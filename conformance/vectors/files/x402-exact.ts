/** The exact scheme of x402 on EVM: its payload, what is hashed and signed, and the names of chains. */
import type { JsonObject } from '../../../src/codec/json.ts'
import { mutations } from '../mutate.ts'
import { delegateKey, payer, payerKey } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'
import { asset, authorization, extra, payload } from './x402-samples.ts'

const signed: JsonObject = { authorization, asset, extra, chainId: 84_532 }

/** One member of the transfer, the token or the chain changed: each must change the hash. */
const others: readonly (readonly [comment: string, input: JsonObject])[] = [
  ...Object.entries({
    from: '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
    to: payer,
    value: '10001',
    validAfter: '1',
    validBefore: '1795247147',
    nonce: `0x${'0e'.repeat(32)}`,
  }).map(
    ([name, value]) =>
      [`another ${name}`, { ...signed, authorization: { ...authorization, [name]: value } }] as const,
  ),
  ['another token', { ...signed, asset: '0x833589fcd6edb6e08f4c7c32d4f71b54bda02913' }],
  ['another name of the token', { ...signed, extra: { ...extra, name: 'USD Coin' } }],
  ['another version of the token', { ...signed, extra: { ...extra, version: '1' } }],
  ['another chain', { ...signed, chainId: 8453 }],
]

export const x402Exact: Definition = {
  file: 'x402-exact',
  title: 'x402: the exact scheme on EVM',
  groups: [
    {
      op: 'x402.exact.decode',
      comment: 'the `payload` of an exact payment; hex in lower case',
      requirements: ['X-WIRE-004'],
      tests: [
        valid('of a client', { payload }, payload),
        valid(
          'addresses with a checksum',
          {
            payload: {
              ...payload,
              authorization: { ...authorization, from: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' },
            },
          },
          payload,
          'LetterCase',
        ),
        valid('a contract signs with more bytes', {
          payload: { ...payload, signature: `0x${'cd'.repeat(200)}` },
        }),
        valid('times without end', {
          payload: { ...payload, authorization: { ...authorization, validBefore: `${2n ** 256n - 1n}` } },
        }),
        ...mutations(payload, { signature: 'bytes', authorization: 'object' }, (value) => ({
          payload: value,
        })),
        ...mutations(
          authorization,
          {
            from: 'address',
            to: 'address',
            value: 'uint256',
            validAfter: 'uint256',
            validBefore: 'uint256',
            nonce: 'bytes32',
          },
          (value) => ({ payload: { ...payload, authorization: value } }),
        ),
      ],
    },
    {
      op: 'x402.exact.hash',
      comment: 'the 32 bytes that are signed; `asset`, `extra` and the chain make the EIP-712 domain',
      requirements: ['X-WIRE-004'],
      tests: [
        valid('a transfer of USDC', signed),
        ...others.map(([comment, input]) => valid(comment, input)),
        invalid('no name of the token', { ...signed, extra: { version: '2' } }, 'missing', 'MissingMember'),
        invalid(
          'no version of the token',
          { ...signed, extra: { name: 'USDC' } },
          'missing',
          'MissingMember',
        ),
        invalid(
          'a version that is a number',
          { ...signed, extra: { name: 'USDC', version: 2 } },
          'wrong-type',
          'WrongType',
        ),
        invalid('a token that is no address', { ...signed, asset: 'USDC' }, 'bad-syntax', 'HexForm'),
      ],
    },
    {
      op: 'x402.exact.sign',
      comment: 'the signature of a key, deterministic (RFC 6979), v 27 or 28',
      requirements: ['X-WIRE-004'],
      tests: [payerKey, delegateKey].map((privateKey, i) => valid(`key ${i + 1}`, { ...signed, privateKey })),
    },
    {
      op: 'x402.network.chainId',
      comment: 'the chain that a network names, by the words of v1 or in CAIP-2',
      requirements: ['X-WIRE-005'],
      tests: [
        ...[
          ['base-sepolia', 84_532],
          ['base', 8_453],
          ['polygon', 137],
          ['eip155:1', 1],
          ['eip155:84532', 84_532],
          ['eip155:42431', 42_431],
        ].map(([network, chainId]) =>
          valid(`${network}`, { network: `${network}` }, { chainId: Number(chainId) }),
        ),
        ...[
          '',
          'Base',
          'base ',
          'eip155:',
          'eip155:0',
          'eip155:01',
          'eip155:-1',
          'eip155:1e3',
          'eip155:0x1',
          'eip155:99999999999999999',
          'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
          'toString',
          '__proto__',
        ].map((network) => invalid(`${JSON.stringify(network)} is none`, { network }, 'bad-value')),
      ],
    },
  ],
}
