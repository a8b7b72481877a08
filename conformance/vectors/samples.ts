/** Values the definitions share. The keys are those every development chain funds: public, worth nothing. */
import type { JsonObject } from '../../src/codec/json.ts'

export const token = '0x20c0000000000000000000000000000000000000'
export const reserve = '0x4d50500000000000000000000000000000000000'
export const zeroAddress = `0x${'00'.repeat(20)}`
export const payer = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
export const payerKey = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
export const payee = '0x742d35cc6634c0532925a3b844bc9e7595f8fe00'
export const delegate = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
export const delegateKey = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
export const bytes32 = (byte: string): string => `0x${byte.repeat(32)}`
export const channelId = '0x10ccd2bb009fa0ae6d9c23eef69fa9e4304e8c6aacf89b07f73b33d761820214'
export const timestamp = '2026-01-06T12:05:00Z'
export const secretKey = 'test-vector-secret-minimum-32-byte-secret'

export const descriptor: JsonObject = {
  payer,
  payee,
  operator: zeroAddress,
  token,
  salt: bytes32('aa'),
  authorizedSigner: zeroAddress,
  expiringNonceHash: bytes32('bb'),
}

/** base64url of {"amount":"1000","currency":"usd","recipient":"acct_123"}. */
export const requestText = 'eyJhbW91bnQiOiIxMDAwIiwiY3VycmVuY3kiOiJ1c2QiLCJyZWNpcGllbnQiOiJhY2N0XzEyMyJ9'
export const requestObject: JsonObject = { amount: '1000', currency: 'usd', recipient: 'acct_123' }

/** A challenge as it is bound: `request` is text. */
export const bound: JsonObject = {
  id: 'NeP2d9DAMCBTfC3FY6ufbQq1Fnp4ynfrsoWui1dXteA',
  realm: 'api.example.com',
  method: 'example',
  intent: 'charge',
  request: requestText,
}

/** The same as adapters exchange it: `request` is the object. */
export const exchanged: JsonObject = { ...bound, request: requestObject }

/** Parameters as a `WWW-Authenticate` value, every value quoted and escaped. */
export const field = (params: Readonly<Record<string, string | undefined>>, scheme = 'Payment'): string =>
  `${scheme} ${Object.entries(params)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${String(value).replace(/["\\]/g, '\\$&')}"`)
    .join(', ')}`
