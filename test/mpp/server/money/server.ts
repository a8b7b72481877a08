/** The server of a run: the reference on a folder, which is started, ended and killed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Rpc } from '../../../../src/chain/rpc.ts'
import type { PayeeOptions } from '../../../../src/mpp/server/payee.ts'
import { type Handler, type Payments, payments } from '../../../../src/mpp/server/payments.ts'
import { lmdbStore } from '../../../../src/mpp/server/store/lmdb.ts'
import type { ChannelStore } from '../../../../src/mpp/server/store/store.ts'
import { describeFailure } from '../../../../src/mpp/server/unclaimed.ts'
import { payee } from '../../../support/kit.ts'
import { Life } from './life.ts'

/** What one unit costs, in tokens. */
export const price = '0.001'
const oneOff = '0.010'

/** What a server may do on its own, besides what it does by default. */
export interface Upkeep {
  settleThreshold?: bigint
  settleIntervalMs?: number
  closeIdleAfterMs?: number
}

/** Changes that make a server wrong on purpose. */
export interface Bug {
  options?: Partial<PayeeOptions>
  /** The store that the server gets instead of its own. */
  store?: (store: ChannelStore) => ChannelStore
  node?: (node: Rpc) => Rpc
  handler?: (handler: Handler) => Handler
}

interface ServerOptions {
  chain: Rpc
  clock: () => number
  upkeep: Upkeep
  bug: Bug
  note(line: string): void
}

export class Server {
  life = new Life()
  readonly #folder = mkdtempSync(join(tmpdir(), 'streamed-payments-money-'))
  readonly #options: ServerOptions
  #disk: ChannelStore | undefined
  #pay: Payments | undefined
  #handler: Handler = () => Promise.reject(new Error('the server is not started'))
  /** Names every piece of content that was ever produced. */
  #serial = 0

  constructor(options: ServerOptions) {
    this.#options = options
  }

  get handler(): Handler {
    return this.#handler
  }

  async start(): Promise<void> {
    const { chain, clock, upkeep, bug, note } = this.#options
    this.life = new Life()
    this.#disk = await lmdbStore(this.#folder)
    const store = this.life.store(this.#disk)
    const node = this.life.node(chain)
    this.#pay = payments({
      account: payee,
      chain: bug.node?.(node) ?? node,
      secretKey: 'a secret that has at least 32 bytes',
      realm: 'soak.test',
      clock,
      onError: (failure) => note(`  ${describeFailure(failure)}`),
      store: bug.store?.(store) ?? store,
      ...upkeep,
      ...bug.options,
    })
    const handler = this.#routes(this.#pay)
    this.#handler = bug.handler?.(handler) ?? handler
  }

  /** Ends in order: what is under way is finished, and the files are let go of. */
  async stop(): Promise<void> {
    await this.#pay?.close()
    this.#disk = undefined
  }

  /** The files are let go of, as the operating system does for a process that died. */
  async clearAway(): Promise<void> {
    this.life.die()
    await this.life.rest()
    await this.#disk?.close()
    this.#disk = undefined
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #routes(pay: Payments): Handler {
    const content = (request: Request) => {
      const fails = request.headers.get('x-fail')
      if (fails === 'throw') throw new Error('the author failed')
      if (fails !== null) return new Response('failed', { status: Number(fails) })
      return new Response(`${++this.#serial}`)
    }
    const serial = () => `${++this.#serial}`
    const units = async function* () {
      for (;;) yield serial()
    }
    const routes: Record<string, Handler> = {}
    for (const sessionProtocol of ['v1', 'v2'] as const) {
      const offer = { amount: price, sessionProtocol, suggestedDeposit: '0.010' }
      routes[`/${sessionProtocol}/stream`] = pay.stream(offer, units)
      routes[`/${sessionProtocol}/page`] = pay.fixed(offer, content)
      routes[`/${sessionProtocol}/other`] = pay.fixed(offer, content)
    }
    routes['/charge'] = pay.charge({ amount: oneOff }, content)
    routes['/push'] = pay.charge({ amount: oneOff, modes: ['pull', 'push'] }, content)
    return async (request) => {
      const route = routes[new URL(request.url).pathname]
      return route === undefined ? new Response('not found', { status: 404 }) : route(request)
    }
  }
}
