/** Messages of x402 that the definitions share, as clients and servers of both versions send them. */
import * as Base64 from '../../../src/codec/base64.ts'
import type { JsonObject } from '../../../src/codec/json.ts'
import { bytes32, payer } from '../samples.ts'
import { type Draft, invalid, valid } from '../vector.ts'

export const asset = '0x036cbd53842c5426634e7929541ec2318f3dcf7e'
export const payTo = '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65'
export const extra: JsonObject = { name: 'USDC', version: '2' }
export const resource: JsonObject = {
  url: 'https://api.example.com/v1/chat/completions',
  description: 'chat',
  mimeType: 'text/event-stream',
}

export const entryV1: JsonObject = {
  scheme: 'exact',
  network: 'base-sepolia',
  maxAmountRequired: '10000',
  resource: 'https://api.example.com/v1/chat/completions',
  description: 'chat',
  mimeType: 'text/event-stream',
  payTo,
  maxTimeoutSeconds: 60,
  asset,
  extra,
}
export const entryV2: JsonObject = {
  scheme: 'exact',
  network: 'eip155:84532',
  amount: '10000',
  asset,
  payTo,
  maxTimeoutSeconds: 60,
  extra,
}

/** What both of them say. */
const terms = (network: string): JsonObject => ({
  scheme: 'exact',
  network,
  asset,
  payTo,
  maxTimeoutSeconds: 60,
  amount: '10000',
  extra,
})
export const termsV1 = terms('base-sepolia')
export const termsV2 = terms('eip155:84532')

export const requiredV1: JsonObject = {
  x402Version: 1,
  error: 'X-PAYMENT header is required',
  accepts: [entryV1],
}
export const requiredV2: JsonObject = {
  x402Version: 2,
  error: 'Payment required',
  resource,
  accepts: [entryV2],
}

export const authorization: JsonObject = {
  from: payer,
  to: payTo,
  value: '10000',
  validAfter: '0',
  validBefore: '1795247146',
  nonce: bytes32('0d'),
}
export const payload: JsonObject = { signature: `0x${'ab'.repeat(64)}1b`, authorization }
export const paymentV1: JsonObject = { x402Version: 1, scheme: 'exact', network: 'base-sepolia', payload }
export const paymentV2: JsonObject = { x402Version: 2, payload, resource, accepted: entryV2 }

export const settlement: JsonObject = {
  success: true,
  payer,
  transaction: bytes32('9d'),
  network: 'eip155:84532',
}

/** An object as header fields of x402 carry it. */
export const header = (value: JsonObject): JsonObject => ({ header: Base64.encode(JSON.stringify(value)) })

/** The cases that every base64 JSON field shares. */
export function envelopes(sample: JsonObject): Draft[] {
  const json = JSON.stringify(sample)
  const wrap = (text: string | Uint8Array): JsonObject => ({ header: Base64.encode(text) })
  const plain = Base64.encode(json.padEnd(json.length + 2 - ((json.length + 2) % 3) + 2))
  return [
    valid('white space around the value', { header: `\t${Base64.encode(json)} ` }),
    valid('white space in the JSON', wrap(JSON.stringify(sample, null, 2)), undefined, 'Canonicalization'),
    valid('an unknown member', wrap(`{"x":1,${json.slice(1)}`), undefined, 'UnknownMember'),
    invalid('without its padding', { header: plain.replace(/=+$/, '') }, 'bad-padding', 'NonCanonicalBase64'),
    invalid('padded too much', { header: `${Base64.encode(json)}====` }, 'bad-padding', 'NonCanonicalBase64'),
    invalid('the alphabet of URLs', { header: `-${plain.slice(1)}` }, 'bad-character', 'NonCanonicalBase64'),
    invalid(
      'a line break inside',
      { header: `${plain.slice(0, 8)}\n${plain.slice(8)}` },
      'bad-character',
      'HeaderInjection',
    ),
    invalid('JSON without base64', { header: json }, 'bad-character', 'NonCanonicalBase64'),
    invalid('an empty value', { header: '' }, 'empty', 'EmptyValue'),
    invalid(
      'not UTF-8',
      wrap(Uint8Array.from([...new TextEncoder().encode(json).slice(0, -2), 0xff, 0x7d])),
      'bad-utf8',
      'Unicode',
    ),
    invalid('not JSON', wrap(json.slice(0, -1)), 'bad-json'),
    invalid('an array', wrap(`[${json}]`), 'wrong-type', 'WrongType'),
    invalid('null', wrap('null'), 'wrong-type', 'WrongType'),
    invalid(
      'a member twice',
      wrap(`{"x402Version":2,"x402Version":1,"x":1,"x":2,${json.slice(1)}`),
      'duplicate-key',
      'DuplicateKey',
    ),
    invalid('a lone surrogate', wrap(`{"x":"\\ud800",${json.slice(1)}`), 'lone-surrogate', 'Unicode'),
    invalid(
      '65 levels deep',
      wrap(`{"x":${'['.repeat(64)}${']'.repeat(64)},${json.slice(1)}`),
      'too-deep',
      'Depth',
    ),
  ]
}
