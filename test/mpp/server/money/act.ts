/**
 * What a run does, as plain data that shrinks: channels, payments and credentials by their place from the newest,
 * amounts in units beyond what was received. What an act means is decided when it is done.
 */
import type { SessionProtocol } from '../../../../src/contracts/voucher.ts'
import type { NodeFault } from './node.ts'
import type { Upkeep } from './server.ts'

/** What may befall a request: its client is gone before the answer comes, or the node fails meanwhile. */
interface Cut {
  cut?: boolean
  fault?: NodeFault
}

export type Act =
  | ({
      do: 'open'
      payer: number
      protocol: SessionProtocol
      units: number
      first: number
      method: 'GET' | 'HEAD'
      own?: boolean
    } & Cut)
  | { do: 'stream'; channel: number; ahead: number; units: number; pays: boolean; leaves: boolean }
  | { do: 'read'; channel: number; units: number; pays: boolean }
  | { do: 'voucher'; channel: number; ahead: number; beyond?: boolean }
  | ({
      do: 'page'
      channel: number
      path: Page
      ahead: number
      key?: number
      fail?: Fail
      post?: boolean
      beyond?: boolean
    } & Cut)
  | { do: 'parallel'; channel: number; path: Page; ahead: number; count: number; key?: number }
  | ({ do: 'topUp'; channel: number; units: number } & Cut)
  | ({ do: 'close'; channel: number } & Cut)
  | ({ do: 'charge'; payer: number; path: 'charge' | 'push'; pushes: boolean; fail?: Fail } & Cut)
  | ({ do: 'retry'; payment: number; fail?: Fail } & Cut)
  /** A credential again, by whoever has it: as it was, or for something else. */
  | ({
      do: 'replay'
      sent: number
      method?: 'GET' | 'HEAD' | 'POST'
      path?: Page | 'stream'
      key?: number
    } & Cut)
  /** A voucher or a close in the name of a channel, signed by somebody else. */
  | { do: 'forge'; channel: number; ahead: number; action: 'voucher' | 'close' }
  | { do: 'junk'; field: string }
  | { do: 'requestClose'; channel: number }
  | { do: 'withdraw'; channel: number }
  | { do: 'chainTopUp'; channel: number; units: number }
  | { do: 'restart'; drains: boolean }
  /** The server dies so many moments from now; each write and each question to the node has two. */
  | { do: 'crash'; steps: number }
  | ({ do: 'node' } & NodeFault)
  | { do: 'heal' }
  /** The next writes fail: the disk is full. */
  | { do: 'disk'; times: number }
  /** For so long the node cannot be reached, the token cannot be moved, or transactions wait to be mined. */
  | { do: 'outage'; of: Outage; seconds: number }
  /** Time passes, step by step; or the clock jumps, and every timer is late. */
  | { do: 'wait'; seconds: number; jumps?: boolean }
  /** Requests that are under way at once. */
  | { do: 'together'; acts: Act[] }

export const outages = ['node', 'token', 'mining'] as const
export type Outage = (typeof outages)[number]
export type Page = 'page' | 'other'
export type Fail = 'throw' | '500' | '404'

export interface Run {
  upkeep: Upkeep
  acts: Act[]
}
