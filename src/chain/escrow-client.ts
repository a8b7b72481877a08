/**
 * What a payer or a payee needs of a v1 escrow, on top of a `ChainClient`: read a channel, and open, settle, top up
 * and close it. Deposits are pulled on an allowance, so open and top-up are two calls in one transaction.
 */

import type { Address, Bytes32, Hex } from '../codec/hex.ts'
import type { Log } from '../contracts/abi.ts'
import * as Escrow from '../contracts/escrow.ts'
import { abi, decodeChannel, decodeEvent, encodeCall } from '../contracts/escrow-abi.ts'
import { abi as tokenAbi } from '../contracts/token-abi.ts'
import type { Account } from '../keys/account.ts'
import { readFrom } from './answers.ts'
import type { ChainClient, Receipt, SendOptions } from './client.ts'
import type { Signed } from './transaction.ts'

/** A transaction's outcome, with the escrow's events in it. */
export interface EscrowReceipt extends Omit<Receipt, 'events'> {
  events: readonly Escrow.Event[]
}

/**
 * ```ts
 * const escrow = new EscrowClient(new ChainClient(rpc))
 * const { events } = await escrow.send(payer, { type: 'open', payee, token, deposit, salt, authorizedSigner })
 * ```
 */
export class EscrowClient {
  readonly chain: ChainClient
  readonly address: Address

  constructor(chain: ChainClient, address: Address = Escrow.address) {
    this.chain = chain
    this.address = address
  }

  /** A channel as the escrow has it; undefined when it was never opened. */
  async channel(id: Bytes32, blockNumber?: number): Promise<Escrow.Channel | undefined> {
    const data = abi.encodeCall('getChannel', { channelId: id })
    const answer = await this.chain.call(this.address, data, blockNumber)
    const channel = readFrom('eth_call', () => decodeChannel(answer))
    return BigInt(channel.payer) === 0n ? undefined : channel
  }

  /** Seconds between requestClose and withdraw; deployments may differ (spec/readings.md E12). */
  async closeGracePeriodSeconds(): Promise<number> {
    const result = await this.chain.call(this.address, abi.encodeCall('CLOSE_GRACE_PERIOD', {}))
    return Number(readFrom('eth_call', () => abi.decodeResult('CLOSE_GRACE_PERIOD', result)))
  }

  /** The calls a transaction makes for a call of the escrow: open and top-up approve exactly their amount first. */
  async calls(call: Escrow.Call): Promise<{ to: Address; data: Hex }[]> {
    const own = { to: this.address, data: encodeCall(call) }
    if (call.type === 'open') return [this.#approval(call.token, call.deposit), own]
    if (call.type !== 'topUp') return [own]
    const channel = await this.channel(call.channelId)
    // Nothing to approve for a channel that is not there: the escrow will say so.
    return channel === undefined ? [own] : [this.#approval(channel.token, call.additionalDeposit), own]
  }

  #approval(token: Address, amount: bigint): { to: Address; data: Hex } {
    return { to: token, data: tokenAbi.encodeCall('approve', { spender: this.address, amount }) }
  }

  /** Signs a call. Nothing is sent. */
  async sign(account: Account, call: Escrow.Call, options: SendOptions = {}): Promise<Signed> {
    return this.chain.sign(account, await this.calls(call), options)
  }

  /** Signs and broadcasts a call. Throws `RpcError` when the node refuses it. */
  async send(account: Account, call: Escrow.Call, options: SendOptions = {}): Promise<EscrowReceipt> {
    return this.broadcast((await this.sign(account, call, options)).raw)
  }

  /** Broadcasts signed bytes and waits for the receipt. Throws `RpcError` when the node refuses them. */
  async broadcast(raw: Hex): Promise<EscrowReceipt> {
    const receipt = await this.chain.broadcast(raw)
    return { ...receipt, events: this.events(receipt.logs) }
  }

  /** The escrow's events among some logs. */
  events(logs: readonly Log[]): Escrow.Event[] {
    return logs.map((log) => decodeEvent(this.address, log)).filter((event) => event !== undefined)
  }

  /** The events that closed a channel, from a block on; one at most, because a closed id stays closed. */
  async closings(id: Bytes32, fromBlock = 0): Promise<Extract<Escrow.Event, { name: 'ChannelClosed' }>[]> {
    return this.#eventsOf('ChannelClosed', id, fromBlock)
  }

  /** The settlements of a channel before its close. */
  async settlements(id: Bytes32): Promise<Extract<Escrow.Event, { name: 'Settled' }>[]> {
    return this.#eventsOf('Settled', id)
  }

  async #eventsOf<Name extends Escrow.Event['name']>(name: Name, id: Bytes32, fromBlock = 0) {
    const events = this.events(await this.chain.logs(this.address, [abi.topic(name), id], fromBlock))
    return events.filter((event): event is Extract<Escrow.Event, { name: Name }> => event.name === name)
  }
}
