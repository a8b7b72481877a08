/**
 * What a payer must not forget, whatever happens to its process: the channels it opened, how far it signed, and where to
 * close them. Written before what it says takes effect: the open before it is sent, a total before it is signed. So a
 * journal that cannot be written stops the payer, and nothing is signed or sent.
 */
import { z } from 'zod'
import type { Bytes32 } from '../../codec/hex.ts'
import * as Json from '../../codec/json.ts'
import { address, amount, bytes32, chainId, decodeWith, encodeWith, type Known } from '../../codec/schema.ts'
import * as Descriptor from '../../contracts/descriptor.ts'
import * as Payload from '../wire/payload.ts'
import * as SessionRequest from '../wire/session-request.ts'
import * as Totals from './totals.ts'

export const schema = z.looseObject({
  version: z.literal(1),
  channelId: bytes32,
  descriptor: Descriptor.schema,
  escrow: address,
  chainId,
  /** Where the channel was opened: vouchers of other resources, top-ups and the close go to this origin only. */
  url: z.string(),
  /** `opening` until the payee confirmed it. */
  phase: z.enum(['opening', 'open', 'closing']),
  deposit: amount(),
  /** Highest total signed. */
  authorized: amount(),
  delivered: amount(),
  /** The terms it was opened under. */
  terms: SessionRequest.schema,
  /** The open itself, to be sent again until it is confirmed. */
  open: Payload.openSchema.optional(),
  /** Milliseconds since the epoch. */
  openedAt: z.number(),
})

type Decoded = Known<z.output<typeof schema>>

/** A channel as a journal keeps it. */
export type Entry = Omit<Decoded, 'version' | 'terms' | 'open' | 'descriptor'> & {
  descriptor: Descriptor.Descriptor
  terms: SessionRequest.SessionRequest
  open?: Payload.Open | undefined
}

/** An entry to its text. */
export const encode = (entry: Entry): string =>
  `${JSON.stringify(encodeWith(schema, { version: 1, ...entry } as z.output<typeof schema>), null, 2)}\n`

/** Text to an entry. Throws `DecodeError`. */
export function decode(text: string): Entry {
  const { version: _, ...entry } = decodeWith(schema, Json.decode(text))
  return entry as Entry
}

/** Entries, oldest first. */
export const inOrder = (entries: readonly Entry[]): Entry[] =>
  entries.toSorted((a, b) => a.openedAt - b.openedAt)

/** Releases a channel that was claimed. */
export type Release = () => Promise<void>

/**
 * Where a payer stores its channels. Every method rejects when it cannot do its work, and the session then signs
 * nothing.
 */
export interface Journal {
  /** Resolves when an entry could be kept. Asked before an open is signed. */
  check(): Promise<void>
  /** Keeps a channel in place of what was kept of it; resolves once a crash cannot lose it. */
  save(entry: Entry): Promise<void>
  /** Removes a closed channel. */
  remove(channelId: Bytes32): Promise<void>
  /** All channels, oldest first. */
  list(): Promise<Entry[]>
  /**
   * Changes the totals of what was set aside and paid. Changes run one at a time across all processes; resolves once a
   * crash cannot lose the change. Rejects with what `change` throws; the totals are then unchanged.
   */
  tally<T>(change: (totals: Totals.Totals) => { totals: Totals.Totals; answer: T }): Promise<T>
  /** Takes a channel for this process alone; undefined when another one has it. */
  claim(channelId: Bytes32): Promise<Release | undefined>
}

/**
 * A journal in memory, the default of `session`. It lasts as long as the process: enough for several sessions in a row,
 * but a deposit is not found again after a crash (see `channelsOf`).
 */
export function memoryJournal(): Journal {
  // Read back through their text, as from a file; a voucher for each word is saved much more often than that.
  const entries = new Map<Bytes32, Entry>()
  const claimed = new Set<Bytes32>()
  let totals = Totals.none
  return {
    check: async () => undefined,
    save: async (entry) => void entries.set(entry.channelId, { ...entry }),
    remove: async (channelId) => void entries.delete(channelId),
    list: async () => inOrder([...entries.values()].map((entry) => decode(encode(entry)))),
    tally: async (change) => {
      const changed = change(totals)
      totals = changed.totals
      return changed.answer
    },
    claim: async (channelId) => {
      if (claimed.has(channelId)) return undefined
      claimed.add(channelId)
      return async () => void claimed.delete(channelId)
    },
  }
}
