/** The state an indexer would have: channels and balances from events alone. */

import type { Bytes32 } from '../../../src/codec/hex.ts'
import { closeGracePeriodSeconds } from '../../../src/contracts/reserve.ts'
import type { SessionProtocol } from '../../../src/contracts/voucher.ts'
import type { Outcome } from './machine.ts'
import type { Told } from './step.ts'

export interface State {
  channels: Map<Bytes32, Told>
  balances: Map<string, bigint>
}

/** Starts from what everybody was given. */
export const from = (balances: ReadonlyMap<string, bigint>): State => ({
  channels: new Map(),
  balances: new Map(balances),
})

/** Replays the events of one call. */
export function apply(
  state: State,
  { events, transfers }: Exclude<Outcome, { revert: unknown }>,
  version: SessionProtocol,
): void {
  for (const transfer of transfers) {
    if (transfer.name !== 'Transfer' || transfer.from === transfer.to) continue
    const { token, from, to, amount } = transfer
    state.balances.set(`${token}|${from}`, (state.balances.get(`${token}|${from}`) ?? 0n) - amount)
    state.balances.set(`${token}|${to}`, (state.balances.get(`${token}|${to}`) ?? 0n) + amount)
  }
  for (const event of events) {
    const { channelId } = event
    const change = (told: Partial<Told>) =>
      state.channels.set(channelId, { ...unopened, ...state.channels.get(channelId), ...told })
    if (event.name === 'ChannelOpened') state.channels.set(channelId, { ...unopened, deposit: event.deposit })
    else if (event.name === 'Settled') change({ settled: event.newSettled })
    else if (event.name === 'TopUp') change({ deposit: event.newDeposit })
    else if (event.name === 'CloseRequested')
      change({
        requestedAt: Math.min(
          Number(event.closeGraceEnd) - closeGracePeriodSeconds,
          // K6: v2 stores a uint32.
          version === 'v2' ? 2 ** 32 - 1 : Number.MAX_SAFE_INTEGER,
        ),
      })
    else if (event.name === 'CloseRequestCancelled') change({ requestedAt: 0 })
    else if (event.name === 'ChannelClosed') {
      if (version === 'v2') state.channels.delete(channelId)
      else change({ settled: event.settledToPayee, ended: true })
    }
  }
}

const unopened: Told = { deposit: 0n, settled: 0n, requestedAt: 0, ended: false }
