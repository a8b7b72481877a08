/** The EIP-3009 token in Solidity on Anvil beside that of the memory chain: the same random calls, the same outcomes. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ChainClient } from '../../src/chain/client.ts'
import { RpcError } from '../../src/chain/rpc.ts'
import { type Address, type Bytes32, type Hex, zeroAddress } from '../../src/codec/hex.ts'
import type { Log } from '../../src/contracts/abi.ts'
import { pathUsd, unlimited } from '../../src/contracts/token.ts'
import { abi as tokenAbi } from '../../src/contracts/token-abi.ts'
import * as TransferAuthorization from '../../src/contracts/transfer-authorization.ts'
import { abi } from '../../src/contracts/transfer-authorization-abi.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import * as Signature from '../../src/keys/signature.ts'
import { anvilNode, missing } from '../support/anvil.ts'
import { newChain } from '../support/kit.ts'

const { usdc } = TransferAuthorization
const chainId = 42_431
const people = devAccounts.slice(0, 4) as KeyAccount[]
const addresses = people.map(({ address }) => address)
const now = BigInt(Math.floor(Date.now() / 1000))

const person = fc.integer({ min: 0, max: people.length - 1 }).map((i) => people[i] as KeyAccount)
const recipient = fc.constantFrom(...addresses, ...addresses, zeroAddress, pathUsd)
const amount = fc.constantFrom(0n, 1n, 250n, 10n ** 9n, 10n ** 13n, 2n ** 256n - 1n)
const methods = ['transferWithAuthorization', 'receiveWithAuthorization', 'cancelAuthorization'] as const

/** A signed call, drawn: who signs what for whom, how the signature is written, who submits it. */
const signedCall = fc.record({
  method: fc.constantFrom(methods[0], ...methods),
  authorizer: person,
  signer: fc.constantFrom('authorizer', 'authorizer', 'authorizer', 'authorizer', 'stranger'),
  form: fc.constantFrom('whole', 'whole', 'parts', 'parts', 'high-s', 'v 0', 'compact', 'empty'),
  to: recipient,
  amount,
  window: fc.constantFrom('open', 'open', 'open', 'open', 'early', 'late'),
  nonce: fc.integer({ min: 1, max: 6 }),
  sender: fc.constantFrom('payee', 'payee', 'anybody'),
})
const plainCall = fc.record({
  method: fc.constantFrom('transfer', 'transferFrom', 'transferFrom', 'approve'),
  owner: person,
  sender: person,
  to: recipient,
  amount: fc.oneof(amount, fc.constant(unlimited)),
})
type SignedCall = typeof signedCall extends fc.Arbitrary<infer A> ? A : never
type PlainCall = typeof plainCall extends fc.Arbitrary<infer A> ? A : never

interface Prepared {
  sender: KeyAccount
  data: Hex
}

const windows = {
  open: [now - 600n, now + 6_000n],
  early: [now + 3_000n, now + 6_000n],
  late: [now - 600n, now - 300n],
} as const

/** Signs a drawn call and writes its signature as drawn. */
async function prepared(drawn: SignedCall): Promise<Prepared> {
  const { method: type, authorizer, to, amount: value, form } = drawn
  const [validAfter, validBefore] = windows[drawn.window]
  const nonce: Bytes32 = `0x${drawn.nonce.toString(16).padStart(64, '0')}`
  const unsigned = {
    ...(type === 'cancelAuthorization'
      ? { type, authorizer: authorizer.address, nonce }
      : { type, from: authorizer.address, to, value, validAfter, validBefore, nonce }),
    signature: '0x',
  } as TransferAuthorization.Call
  const signer = drawn.signer === 'authorizer' ? authorizer : (devAccounts[5] as KeyAccount)
  const hash = TransferAuthorization.digest(unsigned, usdc, chainId)
  const signature = Signature.decode(await signer.sign({ hash }))
  const written: Record<typeof form, Hex> = {
    whole: Signature.encode(signature),
    parts: Signature.encode(signature),
    'high-s': Signature.encode(Signature.malleated(signature)),
    'v 0': `${Signature.encode(signature).slice(0, -2)}0${signature.yParity}` as Hex,
    compact: Signature.encodeCompact(signature),
    empty: '0x',
  }
  const payee = people.find(({ address }) => address === to)
  const sender = drawn.sender === 'payee' && payee !== undefined ? payee : (people[3] as KeyAccount)
  const whole = abi.encodeCall(type, { ...unsigned, signature: written[form] })
  return { sender, data: form === 'parts' ? inParts(type, whole, written.parts) : whole }
}

/** Selectors of the methods that take v, r and s (EIP-3009). */
const selectors = {
  transferWithAuthorization: '0xe3ee160e',
  receiveWithAuthorization: '0xef55bec6',
  cancelAuthorization: '0x5a049a70',
} as const

/** The same call with its signature in three words. */
function inParts(type: keyof typeof selectors, whole: Hex, signature: Hex): Hex {
  const words = type === 'cancelAuthorization' ? 2 : 6
  const v = signature.slice(130).padStart(64, '0')
  return `${selectors[type]}${whole.slice(10, 10 + words * 64)}${v}${signature.slice(2, 130)}` as Hex
}

const plain = ({ method, owner, sender, to, amount: value }: PlainCall): Prepared => ({
  sender,
  data: abi.encodeCall(method, { from: owner.address, to, spender: to, amount: value }),
})

/** The name of the error that a call would revert with. */
async function revertOf({ rpc }: ChainClient, { sender, data }: Prepared): Promise<string> {
  try {
    const request = { from: sender.address, calls: [{ to: usdc.address, data }] }
    await rpc.request({ method: 'eth_call', params: [request, 'latest'] })
    return 'ok'
  } catch (error) {
    if (!(error instanceof RpcError) || error.data === undefined) throw error
    const bytes = error.data as Hex
    // The arguments too: what was there and what was wanted.
    const name = abi.decodeError(bytes) ?? tokenAbi.decodeError(bytes)
    return `${name} ${bytes.slice(10)}`
  }
}

const read = async (node: ChainClient, name: string, args: Record<string, unknown> = {}) =>
  abi.decodeResult(name, await node.call(usdc.address, abi.encodeCall(name, args)))

const eventsOf = (logs: readonly Log[]) =>
  logs
    .filter(({ address }) => address.toLowerCase() === usdc.address)
    .map((log) => abi.decodeLog(log) ?? tokenAbi.decodeLog(log))

/** Who holds what, who may take what, and which nonces are used. */
async function stateOf(node: ChainClient) {
  const nonces = Array.from({ length: 6 }, (_, i) => `0x${(i + 1).toString(16).padStart(64, '0')}`)
  return Promise.all([
    read(node, 'totalSupply'),
    ...addresses.map((account) => read(node, 'balanceOf', { account })),
    ...addresses.flatMap((authorizer) =>
      nonces.map((nonce) => read(node, 'authorizationState', { authorizer, nonce })),
    ),
    ...addresses.flatMap((owner) =>
      addresses.map((spender: Address) => read(node, 'allowance', { owner, spender })),
    ),
  ])
}

describe.skipIf(missing !== undefined)('the EIP-3009 token on Anvil and on the memory chain', () => {
  const memory = new ChainClient(newChain())
  let node: Awaited<ReturnType<typeof anvilNode>>
  let both: [ChainClient, ChainClient]
  beforeAll(async () => {
    node = await anvilNode({ chainId })
    both = [node.chain, memory]
  })
  afterAll(() => node?.close())

  test('the same names, domain and supply', async () => {
    const names = ['name', 'symbol', 'version', 'decimals', 'DOMAIN_SEPARATOR', 'totalSupply']
    const hashes = ['TRANSFER_WITH', 'RECEIVE_WITH', 'CANCEL'].map((name) => `${name}_AUTHORIZATION_TYPEHASH`)
    const [first, second] = await Promise.all(
      both.map((chain) => Promise.all([...names, ...hashes].map((name) => read(chain, name)))),
    )
    expect(first).toEqual(second)
    expect(await read(node.chain, 'DOMAIN_SEPARATOR')).toBe(
      TransferAuthorization.domainSeparator(usdc, chainId),
    )
  })

  test('the same answers, events, balances and used nonces after random calls', async () => {
    const outcomes = new Set<string>()
    const drawn = fc.sample(fc.oneof({ weight: 4, arbitrary: signedCall }, plainCall), {
      numRuns: 100,
      seed: 3009,
    })
    for (const [i, each] of drawn.entries()) {
      const call = 'authorizer' in each ? await prepared(each) : plain(each)
      const [first, second] = await Promise.all(both.map((chain) => revertOf(chain, call)))
      expect(first, `call ${i}`).toBe(second)
      outcomes.add(first?.split(' ')[0] as string)
      if (first !== 'ok') continue
      const { raw } = await node.chain.sign(call.sender, [{ to: usdc.address, data: call.data }])
      const [one, other] = await Promise.all(both.map((chain) => chain.broadcast(raw)))
      expect([one?.success, other?.success], `call ${i} is mined`).toEqual([true, true])
      expect(eventsOf(one?.logs ?? []), `events of call ${i}`).toEqual(eventsOf(other?.logs ?? []))
    }
    const [first, second] = await Promise.all(both.map(stateOf))
    expect(first).toEqual(second)
    expect([...outcomes].sort()).toEqual([
      'AuthorizationExpired',
      'AuthorizationNotYetValid',
      'AuthorizationUsedOrCanceled',
      'CallerNotPayee',
      'InsufficientAllowance',
      'InsufficientBalance',
      'InvalidRecipient',
      'InvalidSignature',
      'ok',
    ])
  })
})
