/** An EIP-3009 token on the memory chain, with authorizations signed by viem. */
import { domainSeparator } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { ChainClient } from '../../src/chain/client.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { RpcError } from '../../src/chain/rpc.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import type { Hex } from '../../src/codec/hex.ts'
import { abi as tokenAbi } from '../../src/contracts/token-abi.ts'
import * as TransferAuthorization from '../../src/contracts/transfer-authorization.ts'
import { abi, encodeCall } from '../../src/contracts/transfer-authorization-abi.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import * as Signature from '../../src/keys/signature.ts'
import { newChain } from '../support/kit.ts'

const [payee, payer, facilitator] = devAccounts as readonly [KeyAccount, KeyAccount, KeyAccount]
const { usdc } = TransferAuthorization
const now = Math.floor(Date.now() / 1000)
const terms: TransferAuthorization.TransferAuthorization = {
  from: payer.address,
  to: payee.address,
  value: 250n,
  validAfter: BigInt(now - 600),
  validBefore: BigInt(now + 600),
  nonce: `0x${'a1'.repeat(32)}`,
}
const members = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
]
const types = {
  TransferWithAuthorization: members,
  ReceiveWithAuthorization: members,
  CancelAuthorization: [
    { name: 'authorizer', type: 'address' },
    { name: 'nonce', type: 'bytes32' },
  ],
}
const domain = { name: usdc.name, version: usdc.version, chainId: 42_431, verifyingContract: usdc.address }

/** Signed as a wallet signs it. */
const signed = (primaryType: keyof typeof types, message: object, by = payer): Promise<Hex> =>
  privateKeyToAccount(by.privateKey).signTypedData({ domain, types, primaryType, message: { ...message } })

function setUp() {
  const chain = newChain()
  const client = new ChainClient(chain)
  const send = async (by: KeyAccount, data: Hex) => {
    const { raw } = await client.sign(by, [{ to: usdc.address, data }])
    return client.broadcast(raw)
  }
  /** The error's name. */
  const refusal = async (by: KeyAccount, data: Hex) => {
    const error = await send(by, data).catch((error: unknown) => error)
    if (!(error instanceof RpcError)) throw new Error('it was taken')
    return abi.decodeError(error.data as Hex) ?? tokenAbi.decodeError(error.data as Hex)
  }
  const used = async (nonce: Hex) =>
    abi.decodeResult(
      'authorizationState',
      await client.call(
        usdc.address,
        abi.encodeCall('authorizationState', { authorizer: payer.address, nonce }),
      ),
    )
  return { chain, client, send, refusal, used }
}
const transfer = async (more: Partial<TransferAuthorization.TransferAuthorization> = {}, by = payer) => {
  const message = { ...terms, ...more }
  const signature = await signed('TransferWithAuthorization', message, by)
  return { type: 'transferWithAuthorization', ...message, signature } as const
}

describe('an EIP-3009 token', () => {
  test('anybody submits what the payer signed, once', async () => {
    const { chain, send, refusal, used } = setUp()
    const supply = chain.state.supply(usdc.address)
    const [paid, held] = [payee, payer].map(({ address }) => chain.balance(address, usdc.address)) as [
      bigint,
      bigint,
    ]
    const data = encodeCall(await transfer())
    expect(await used(terms.nonce)).toBe(false)
    const { logs } = await send(facilitator, data)
    expect(abi.decodeLog(logs[0] as never)).toEqual({
      name: 'AuthorizationUsed',
      args: { authorizer: payer.address, nonce: terms.nonce },
    })
    expect(chain.balance(payee.address, usdc.address)).toBe(paid + 250n)
    expect(chain.balance(payer.address, usdc.address)).toBe(held - 250n)
    expect(chain.state.supply(usdc.address)).toBe(supply)
    expect(await used(terms.nonce)).toBe(true)
    expect(await refusal(facilitator, data)).toBe('AuthorizationUsedOrCanceled')
  })

  test('the signature in three parts, over HTTP', async () => {
    const { chain } = setUp()
    await using server = await serveRpc(chain)
    const client = new ChainClient(httpRpc(server.url))
    const signature = await signed('TransferWithAuthorization', terms)
    const parts = [
      `0x${signature.slice(2, 66)}`,
      `0x${signature.slice(66, 130)}`,
      Number.parseInt(signature.slice(130), 16),
    ]
    const [r, s, v] = parts
    const selector = '0xe3ee160e'
    const words = [
      terms.from,
      terms.to,
      terms.value,
      terms.validAfter,
      terms.validBefore,
      terms.nonce,
      v,
      r,
      s,
    ]
    const data = `${selector}${words
      .map((word) =>
        (typeof word === 'string' ? word.slice(2) : (word as bigint).toString(16)).padStart(64, '0'),
      )
      .join('')}` as Hex
    const { raw } = await client.sign(facilitator, [{ to: usdc.address, data }])
    expect((await client.broadcast(raw)).success).toBe(true)
  })

  test('its window, signer, amount, form and balance are checked', async () => {
    const { refusal } = setUp()
    const refused = async (call: TransferAuthorization.Call) => refusal(facilitator, encodeCall(call))
    expect(await refused(await transfer({ validAfter: BigInt(now + 300) }))).toBe('AuthorizationNotYetValid')
    expect(await refused(await transfer({ validBefore: BigInt(now - 1) }))).toBe('AuthorizationExpired')
    expect(await refused(await transfer({}, payee))).toBe('InvalidSignature')
    expect(await refused({ ...(await transfer()), value: 251n })).toBe('InvalidSignature')
    expect(await refused(await transfer({ value: 2n ** 200n }))).toBe('InsufficientBalance')
    const good = await transfer()
    const high = Signature.encode(Signature.malleated(Signature.decode(good.signature)))
    expect(await refused({ ...good, signature: high })).toBe('InvalidSignature')
    expect(await refused({ ...good, signature: '0x1234' })).toBe('InvalidSignature')
  })

  test('only the payee submits what is signed for receiving', async () => {
    const { refusal, send } = setUp()
    const signature = await signed('ReceiveWithAuthorization', terms)
    const data = encodeCall({ type: 'receiveWithAuthorization', ...terms, signature })
    expect(await refusal(facilitator, data)).toBe('CallerNotPayee')
    expect((await send(payee, data)).success).toBe(true)
  })

  test('what is cancelled moves nothing any more', async () => {
    const { refusal, send, used } = setUp()
    const { nonce } = terms
    const cancel = { authorizer: payer.address, nonce }
    const signature = await signed('CancelAuthorization', cancel)
    await send(facilitator, encodeCall({ type: 'cancelAuthorization', ...cancel, signature }))
    expect(await used(nonce)).toBe(true)
    expect(await refusal(facilitator, encodeCall(await transfer()))).toBe('AuthorizationUsedOrCanceled')
  })

  test('it names its domain, and is an ERC-20 token', async () => {
    const { client } = setUp()
    const read = async (name: string, args = {}) =>
      abi.decodeResult(name, await client.call(usdc.address, abi.encodeCall(name, args)))
    expect(await read('DOMAIN_SEPARATOR')).toBe(domainSeparator({ domain }))
    expect([await read('name'), await read('version'), await read('decimals')]).toEqual(['USDC', '2', 6])
    expect(await read('balanceOf', { account: payer.address })).toBe(1_000_000_000_000n)
  })
})
