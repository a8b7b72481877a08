/** A chain, a server and a payer in one process. */

import { MemoryChain } from '../../src/chain/memory/chain.ts'
import { type Listening, listen } from '../../src/http/listen.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { fastestCurve } from '../../src/keys/native-curve.ts'
import {
  type Session,
  type SessionEvent,
  type SessionOptions,
  session,
} from '../../src/mpp/client/session.ts'
import { poemServer } from '../../src/mpp/server/example/server.ts'
import type { PayeeOptions } from '../../src/mpp/server/payee.ts'
import { type Handler, type Payments, payments } from '../../src/mpp/server/payments.ts'

export const [payee, payer] = devAccounts as readonly [KeyAccount, KeyAccount]

/** A memory chain on which payee and payer have a million tokens. */
export const newChain = (clock: () => number = Date.now): MemoryChain =>
  new MemoryChain({ funded: devAccounts.map(({ address }) => address), recoverKey: fastestCurve, clock })

/** Payments of the payee on a chain. */
export const paymentsOn = (chain: PayeeOptions['chain'], options: Partial<PayeeOptions> = {}): Payments =>
  payments({
    account: payee,
    chain,
    secretKey: 'a secret that has at least 32 bytes',
    realm: 'test',
    ...options,
  })

export interface Kit extends AsyncDisposable {
  chain: MemoryChain
  server: Listening
  pay: Payments
  url: string
  /** A session of the payer; its events are collected. */
  session(options?: Partial<SessionOptions>): Session & { events: SessionEvent[] }
}

/** Starts a server for what `serve` builds, by default the poem. */
export async function startKit(
  serve: (pay: Payments) => Handler = poemServer,
  options: Partial<PayeeOptions> = {},
): Promise<Kit> {
  const chain = newChain(options.clock)
  const pay = paymentsOn(chain, options)
  const server = await listen(serve(pay))
  return {
    chain,
    server,
    pay,
    url: `${server.url}/poem`,
    session(more = {}) {
      const events: SessionEvent[] = []
      const own = session({
        account: payer,
        chain,
        maxDeposit: '1',
        onEvent: (event) => events.push(event),
        ...more,
      })
      return Object.assign(own, { events })
    },
    [Symbol.asyncDispose]: server.close,
  }
}

/** All of a stream. */
export async function collect(stream: AsyncIterable<string>): Promise<string[]> {
  const out: string[] = []
  for await (const value of stream) out.push(value)
  return out
}
