/**
 * Channels that payers of a run left open: they are found in the logs of the contracts that the run was told of, and
 * their deposits come back without the server: the payer requests the close and withdraws after the grace period.
 */
import { type ChannelName, liveDeposit } from '../../src/chain/channel-contract/face.ts'
import { type ChannelContract, channelContract, protocolAt } from '../../src/chain/channel-contract.ts'
import { RpcError, RpcUnreachable } from '../../src/chain/rpc.ts'
import { DecodeError } from '../../src/codec/decode-error.ts'
import type { Address } from '../../src/codec/hex.ts'
import * as Uint from '../../src/codec/uint.ts'
import type { KeyAccount } from '../../src/keys/accounts.ts'
import { forEach } from './at-once.ts'
import type { Lending, Loan } from './loans.ts'

/** A channel and the contract that holds it. */
type Opened = ChannelName & { escrow: Address }

/** A channel with a deposit. */
export interface LeftChannel {
  payer: Address
  /** A sentence about it. */
  says: string
  /** Takes the next step to get the deposit back. */
  recover(): Promise<Recovering>
}

/** What became of a channel: it is over, or it can be withdrawn from at `readyAt`, in seconds since the epoch. */
export interface Recovering {
  over: boolean
  readyAt?: number
  /** Why no step could be taken. */
  why?: string
}

/** Finds the channels of loans that hold a deposit; `said` tells which contracts could not be asked. */
export async function leftChannels(
  { chain, fromBlock }: Pick<Lending, 'chain' | 'fromBlock'>,
  loans: readonly Loan[],
): Promise<{ channels: LeftChannel[]; said: string[] }> {
  const payers = new Map(loans.map(({ account }) => [account.address.toLowerCase(), account]))
  // Money that was lent for no contract went into no channel.
  const places = new Set(loans.flatMap(({ escrow }) => (escrow?.toLowerCase() as Address | undefined) ?? []))
  const channels: LeftChannel[] = []
  const said: string[] = []
  for (const escrow of places) {
    try {
      const contract = channelContract(chain, { protocol: protocolAt(escrow), escrow })
      const own = (await contract.openedBy(null, fromBlock)).flatMap((opened) => {
        const account = payers.get(opened.descriptor.payer.toLowerCase())
        return account === undefined ? [] : [{ account, opened: { ...opened, escrow } }]
      })
      await forEach(own, async ({ account, opened }) => {
        channels.push(...(await left(contract, account, opened)))
      })
    } catch (error) {
      if (!isChains(error)) throw error
      said.push(`whether channels are open at ${escrow} cannot be told: ${error.message}`)
    }
  }
  return { channels, said }
}

async function left(contract: ChannelContract, account: KeyAccount, opened: Opened): Promise<LeftChannel[]> {
  const deposit = liveDeposit(await contract.slot(opened.channelId))
  if (deposit === 0n) return []
  const { channelId, descriptor, escrow } = opened
  return [
    {
      payer: account.address,
      says: `${Uint.toDecimal(deposit)} of ${descriptor.token} stays in the open channel ${channelId} at ${escrow}`,
      async recover() {
        try {
          return await step(contract, account, opened)
        } catch (error) {
          if (!isChains(error)) throw error
          return { over: false, why: error.message }
        }
      },
    },
  ]
}

/** Requests the close of a channel, or withdraws from it once the grace period has ended. */
async function step(contract: ChannelContract, account: KeyAccount, channel: Opened): Promise<Recovering> {
  const feeToken = channel.descriptor.token
  const act = async (type: 'requestClose' | 'withdraw') => {
    await contract.send(account, { type, channel }, { feeToken })
    return contract.slot(channel.channelId)
  }
  let slot = await contract.slot(channel.channelId)
  if (liveDeposit(slot) === 0n) return { over: true }
  if (slot.closeRequestedAt === 0) slot = await act('requestClose')
  const readyAt = slot.closeRequestedAt + (await contract.closeGraceSeconds())
  if (liveDeposit(slot) === 0n) return { over: true }
  if (slot.closeRequestedAt === 0) return { over: false, why: 'the request to close it was not taken' }
  if ((await contract.chain.time()) < readyAt) return { over: false, readyAt }
  return liveDeposit(await act('withdraw')) === 0n
    ? { over: true }
    : { over: false, why: 'the withdrawal was not taken' }
}

const isChains = (error: unknown): error is Error =>
  error instanceof RpcError || error instanceof RpcUnreachable || error instanceof DecodeError
