/**
 * One random call after the other on a channel contract in three places: the reducer (in the machine of the model),
 * the memory chain over JSON-RPC, and the Solidity on Anvil. Reverts, events, moved tokens and states must agree.
 */
import fc from 'fast-check'
import { expect } from 'vitest'
import * as Contracts from '../../conformance/fuzz/contract/contract.ts'
import * as Machine from '../../conformance/fuzz/contract/machine.ts'
import type { Method, Request } from '../../conformance/fuzz/contract/request.ts'
import * as Signatures from '../../conformance/fuzz/contract/signatures.ts'
import { storedChannel } from '../../src/chain/channel-contract/escrow.ts'
import type { ChainClient } from '../../src/chain/client.ts'
import { quantity, RpcError } from '../../src/chain/rpc.ts'
import { type Address, type Bytes32, type Hex, zeroAddress, zeroBytes32 } from '../../src/codec/hex.ts'
import type { ContractAbi, Log } from '../../src/contracts/abi.ts'
import type { Descriptor } from '../../src/contracts/descriptor.ts'
import * as EscrowAbi from '../../src/contracts/escrow-abi.ts'
import * as ReserveAbi from '../../src/contracts/reserve-abi.ts'
import { isRevert } from '../../src/contracts/revert.ts'
import { pathUsd, type TokenEvent, unlimited } from '../../src/contracts/token.ts'
import { abi as tokenAbi } from '../../src/contracts/token-abi.ts'
import * as Voucher from '../../src/contracts/voucher.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import * as Signature from '../../src/keys/signature.ts'
import { reserveOn } from './contracts.ts'

/** Payer, payee, operator and a stranger, who also signs vouchers of some channels. */
const people = devAccounts.slice(0, 4) as KeyAccount[]
const [payer, payee, operator, other] = people as [KeyAccount, KeyAccount, KeyAccount, KeyAccount]
const cast = { payer, payee, operator, other }
const noToken = `0x${'77'.repeat(20)}` as const

/** What is done: people and channels by number, so that a failing step can be read. */
const action = fc.record({
  type: fc.oneof(
    fc.constantFrom<Method>('open', 'settle', 'topUp', 'close', 'requestClose', 'withdraw'),
    fc.constantFrom('settle' as const, 'requestClose' as const, 'withdraw' as const),
    fc.constantFrom('wait' as const, 'approve' as const),
  ),
  /** Their part in the channel; who opens one is called by the part they play elsewhere. */
  sender: fc.constantFrom('payer', 'payer', 'payer', 'payee', 'payee', 'payee', 'operator', 'other'),
  channel: fc.constantFrom(0, 0, 1, 2),
  amount: fc.constantFrom(0n, 1n, 40n, 99n, 100n, 101n, 250n, 2n ** 96n - 1n, 2n ** 128n - 1n),
  capture: fc.constantFrom(0n, 40n, 100n, 250n),
  voucher: fc.constantFrom(
    ...Array<'good'>(6).fill('good'),
    'stranger',
    'compact',
    'v 0',
    'high-s',
    'short',
    'empty',
  ),
  payee: fc.constantFrom(...Array(12).fill(payee.address), zeroAddress, pathUsd, payer.address),
  operator: fc.constantFrom(zeroAddress, operator.address),
  signer: fc.constantFrom(zeroAddress, zeroAddress, other.address),
  token: fc.constantFrom(...Array(12).fill(pathUsd), noToken),
  isRepeated: fc.constantFrom(...Array(6).fill(false), true),
})
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never

/** One contract, as the three places are asked for it. */
interface Face {
  contract: Contracts.Contract
  abi: ContractAbi
  calldata(request: Request, id: Bytes32): Hex
  stored(node: ChainClient, id: Bytes32): Promise<Contracts.Stored | undefined>
  events(logs: readonly Log[]): readonly object[]
}

const reserve = Contracts.reserve({ signatures: Signatures.real })
const escrow = Contracts.escrow({ signatures: Signatures.real })
const present = <T>(value: T | undefined): value is T => value !== undefined

export const faces: Record<Voucher.SessionProtocol, Face> = {
  v1: {
    contract: escrow,
    abi: EscrowAbi.abi,
    calldata: (request, id) => EscrowAbi.encodeCall(Contracts.escrowCall(request, id)),
    stored: (node, id) => storedChannel(node, escrow.address, id),
    events: (logs) => logs.map((log) => EscrowAbi.decodeEvent(escrow.address, log)).filter(present),
  },
  v2: {
    contract: reserve,
    abi: ReserveAbi.abi,
    calldata: (request) => ReserveAbi.encodeCall(Contracts.reserveCall(request)),
    stored: async (node, id) => {
      const slot = await reserveOn(node).slot(id)
      return slot.deposit === 0n ? undefined : slot
    },
    events: (logs) => logs.map(ReserveAbi.decodeEvent).filter(present),
  },
}

/** What the steps did: `name ok`, or the name of a revert. */
export type Outcomes = Set<string>

/** Runs a sequence on Anvil, a memory chain and the machine. Any difference fails the test, naming the step. */
export async function compare(
  face: Face,
  nodes: { anvil: ChainClient; memory: ChainClient },
  { steps, seed }: { steps: number; seed: number },
): Promise<Outcomes> {
  const comparison = new Comparison(face, nodes)
  for (const [i, drawn] of fc.sample(action, { numRuns: steps, seed }).entries())
    await comparison.step(i, drawn)
  return comparison.outcomes
}

interface Opened {
  descriptor: Descriptor
  id: Bytes32
}

class Comparison {
  readonly outcomes: Outcomes = new Set()
  readonly #face: Face
  readonly #anvil: ChainClient
  readonly #memory: ChainClient
  readonly #machine: Machine.Machine
  readonly #opened: Opened[] = []
  /** How far the contracts' time was moved, in seconds. */
  #offset = 0

  constructor(face: Face, { anvil, memory }: { anvil: ChainClient; memory: ChainClient }) {
    this.#face = face
    this.#anvil = anvil
    this.#memory = memory
    this.#machine = new Machine.Machine(face.contract)
    for (const { address } of people) this.#machine.deal(pathUsd, address, 10n ** 12n)
  }

  async step(i: number, drawn: Action): Promise<void> {
    if (drawn.type === 'wait') return this.#wait(drawn.capture > 50n ? 900 : 450)
    if (drawn.type === 'approve') return this.#approve(cast[drawn.sender], allowanceOf(drawn))
    const channel = this.#opened[this.#opened.length - 1 - (drawn.channel % Math.max(this.#opened.length, 1))]
    if (drawn.type === 'open') {
      // Once more on the same terms, by the same payer, or on terms of its own.
      const again = drawn.isRepeated ? channel?.descriptor : undefined
      const descriptor = again ?? terms(drawn, cast[drawn.sender], i)
      await this.#call(
        `step ${i}: open`,
        requestOf(drawn, drawn.type, descriptor.payer, descriptor, this.#face),
      )
    } else if (channel !== undefined) {
      const request = requestOf(
        drawn,
        drawn.type,
        senderOf(drawn, channel.descriptor),
        channel.descriptor,
        this.#face,
      )
      request.signature = await sign(drawn, request, channel.id, this.#face)
      await this.#call(`step ${i}: ${drawn.type}`, request, channel.id)
    }
  }

  /** A call in all three places; `id` unless it opens. */
  async #call(step: string, request: Request, id?: Bytes32): Promise<void> {
    const machine = this.#machine
    const sender = people.find(({ address }) => address === request.sender) as KeyAccount
    const call = { to: this.#face.contract.address, data: this.#face.calldata(request, id ?? zeroBytes32) }
    const [first, second] = await this.#reverts(sender, [call])
    expect(first, `${step}, Anvil and the memory chain`).toBe(second)
    // Signed once, with Anvil's gas: both nodes get the same transaction, so channels have the same ids.
    const signed = first === undefined ? await this.#anvil.sign(sender, [call]) : undefined
    const expiringNonceHash = signed?.expiringNonceHash ?? unsent
    if (id === undefined) request.descriptor = { ...request.descriptor, expiringNonceHash }
    machine.timestamp = Math.floor(Date.now() / 1000) + this.#offset
    machine.transaction = { hash: expiringNonceHash, opened: new Set() }
    const outcome = machine.call(request)
    const revert = isRevert(outcome) ? outcome.revert : undefined
    expect(first, `${step}, the chains and the reducer`).toBe(revert)
    this.outcomes.add(revert ?? `${request.method} ok`)
    if (signed === undefined || isRevert(outcome)) return
    if (id === undefined) await this.#openTwice(step, sender, request, call)
    await this.#mine(step, request, signed.raw, outcome)
  }

  /** What an open answers when it stands twice in one transaction. The machine has run it once. */
  async #openTwice(step: string, sender: KeyAccount, request: Request, call: Call): Promise<void> {
    const again = this.#machine.call(request)
    const revert = isRevert(again) ? again.revert : undefined
    if (revert !== undefined) this.outcomes.add(revert)
    expect(await this.#reverts(sender, [call, call]), `${step} twice`).toEqual([revert, revert])
  }

  /** Mines on both nodes what the machine has done. */
  async #mine(step: string, request: Request, raw: Hex, outcome: Done): Promise<void> {
    const { contract, events, stored } = this.#face
    const id = this.#machine.channelId(request)
    for (const node of [this.#anvil, this.#memory]) {
      const receipt = await node.broadcast(raw)
      expect(receipt.success, `${step} was mined`).toBe(true)
      const timestamp = await timeOf(node, receipt.blockNumber)
      expect(events(receipt.logs).map(untimed(timestamp)), `${step}, events`).toEqual(
        outcome.events.map(untimed(this.#machine.timestamp)),
      )
      expect(transfers(receipt.logs, contract.address), `${step}, transfers`).toEqual(outcome.transfers)
      expect(timeless(await stored(node, id)), `${step}, state`).toEqual(
        timeless(this.#machine.channels.get(id)),
      )
      await this.#sameMoney(node, request.sender, `${step}, money`)
    }
    if (request.method === 'open') this.#opened.push({ descriptor: request.descriptor, id })
  }

  async #wait(seconds: number): Promise<void> {
    this.#offset += seconds
    for (const { rpc } of [this.#anvil, this.#memory])
      await rpc.request({ method: 'evm_increaseTime', params: [seconds] })
  }

  /** Gives the contract an allowance in all three places. */
  async #approve(owner: KeyAccount, amount: bigint): Promise<void> {
    this.#machine.approve(pathUsd, owner.address, amount)
    const data = tokenAbi.encodeCall('approve', { spender: this.#face.contract.address, amount })
    const { raw } = await this.#anvil.sign(owner, [{ to: pathUsd, data }])
    for (const node of [this.#anvil, this.#memory]) expect((await node.broadcast(raw)).success).toBe(true)
  }

  /** What the contract holds, and what it may still pull from somebody. The reserve needs no allowance. */
  async #sameMoney(node: ChainClient, owner: Address, step: string): Promise<void> {
    const { version, address } = this.#face.contract
    expect(await node.balance(pathUsd, address), step).toBe(this.#machine.balance(pathUsd, address))
    if (version === 'v2') return
    const data = tokenAbi.encodeCall('allowance', { owner, spender: address })
    const allowed = tokenAbi.decodeResult('allowance', await node.call(pathUsd, data))
    expect(allowed, step).toBe(this.#machine.allowance(pathUsd, owner, address))
  }

  /** The names of the errors the two nodes say calls would revert with. */
  #reverts(sender: KeyAccount, calls: readonly Call[]): Promise<(string | undefined)[]> {
    return Promise.all([this.#anvil, this.#memory].map((node) => revertOf(this.#face, node, sender, calls)))
  }
}

type Call = { to: Address; data: Hex }
type Done = Exclude<Machine.Outcome, { revert: unknown }>

const word = (n: number): Bytes32 => `0x${n.toString(16).padStart(64, '0')}`
/** Stands for the hash of a transaction that was refused. */
const unsent = word(1)

const terms = (drawn: Action, sender: KeyAccount, step: number): Descriptor => ({
  payer: sender.address,
  payee: drawn.payee,
  operator: drawn.operator,
  token: drawn.token,
  salt: word(step),
  authorizedSigner: drawn.signer,
  expiringNonceHash: zeroBytes32,
})

/** Enough for a few deposits, nothing, or without end. */
const allowanceOf = ({ amount }: Action): bigint => (amount > 1000n ? unlimited : amount * 20n)

/** Who sends a call: whoever plays the drawn part in the channel, where that is one of us. */
const senderOf = ({ sender }: Action, { payer, payee }: Descriptor): Address => {
  const address = sender === 'payer' ? payer : sender === 'payee' ? payee : cast[sender].address
  return people.some((person) => person.address === address) ? address : cast[sender].address
}

/** A drawn call of a channel, or of one that is opened here, but for the signature. */
function requestOf(
  { amount, capture }: Action,
  method: Method,
  sender: Address,
  descriptor: Descriptor,
  { contract: { maxDeposit } }: Face,
): Request {
  // A deposit leaves room for the amounts that are drawn for the calls after it.
  const wanted = method === 'open' && amount !== 0n ? 400n + (amount % 1000n) : amount
  const voucher = { by: sender, on: descriptor, cumulativeAmount: amount, form: 'canonical' } as const
  return {
    method,
    sender,
    descriptor,
    amount: wanted > maxDeposit ? maxDeposit : wanted,
    capture,
    voucher,
    signature: '0x',
  }
}

/** The voucher for a request's amount, as drawn: good, somebody else's, or good in another form. */
async function sign(
  { voucher }: Action,
  { method, descriptor, amount }: Request,
  channelId: Bytes32,
  { contract: { version, address } }: Face,
): Promise<Hex> {
  if ((method !== 'settle' && method !== 'close') || voucher === 'empty') return '0x'
  const signer = descriptor.authorizedSigner === zeroAddress ? payer : other
  const domain = { protocol: version, escrow: address, chainId: Machine.chainId }
  const bytes = await Voucher.sign(
    { channelId, cumulativeAmount: amount },
    domain,
    voucher === 'stranger' ? operator : signer,
  )
  const signature = Signature.decode(bytes)
  switch (voucher) {
    case 'compact':
      return Signature.encodeCompact(signature)
    case 'v 0':
      return `${bytes.slice(0, -2)}0${signature.yParity}` as Hex
    case 'high-s':
      return Signature.encode(Signature.malleated(signature))
    case 'short':
      return bytes.slice(0, -8) as Hex
    default:
      return bytes
  }
}

/** The name of the error a node says calls would revert with. */
async function revertOf(
  { abi }: Face,
  { rpc }: ChainClient,
  { address: from }: KeyAccount,
  calls: readonly { to: string; data: Hex }[],
): Promise<string | undefined> {
  try {
    await rpc.request({ method: 'eth_call', params: [{ from, calls }, 'latest'] })
    return undefined
  } catch (error) {
    if (!(error instanceof RpcError) || error.data === undefined) throw error
    const data = error.data as Hex
    return abi.decodeError(data) ?? tokenAbi.decodeError(data) ?? data
  }
}

/** Tokens that moved into or out of the contract; fees move past it. */
const transfers = (logs: readonly Log[], contract: Address): TokenEvent[] =>
  logs.flatMap(({ address: token, ...log }) => {
    const event = token === pathUsd ? tokenAbi.decodeLog({ address: token, ...log }) : undefined
    const { from, to, amount } = (event?.args ?? {}) as Extract<TokenEvent, { name: 'Transfer' }>
    return event?.name === 'Transfer' && (from === contract || to === contract)
      ? [{ name: 'Transfer', token, from, to, amount }]
      : []
  })

const timeOf = async ({ rpc }: ChainClient, block: number): Promise<number> => {
  const found = await rpc.request({ method: 'eth_getBlockByNumber', params: [quantity(block), false] })
  return Number((found as { timestamp: Hex }).timestamp)
}

/** The clocks of three places are never quite the same: the end of a grace is told from its own block's time. */
const untimed = (timestamp: number) => (event: object) =>
  'closeGraceEnd' in event
    ? { ...event, closeGraceEnd: (event.closeGraceEnd as bigint) - BigInt(timestamp) }
    : event
const timeless = (stored: Contracts.Stored | undefined) =>
  stored && { ...stored, closeRequestedAt: stored.closeRequestedAt !== 0 }
