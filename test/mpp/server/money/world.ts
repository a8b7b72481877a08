/** A chain, a node, a server and the connection to it, in virtual time. */
import { setImmediate as turn } from 'node:timers/promises'
import { ChainClient } from '../../../../src/chain/client.ts'
import type { MemoryChain } from '../../../../src/chain/memory/chain.ts'
import { pathUsd } from '../../../../src/contracts/token.ts'
import { newChain } from '../../../support/kit.ts'
import type { Outage } from './act.ts'
import { Books } from './books.ts'
import { ConnectionLost } from './life.ts'
import { Node } from './node.ts'
import { type Bug, Server, type Upkeep } from './server.ts'
import { VirtualTime } from './time.ts'

export const origin = 'http://soak.test'

/** What a request came to; a lost answer has no status. */
export interface Answer {
  status: number
  headers: Headers
  response: Response | undefined
  lost: boolean
}

/** Turns of the event loop in which nothing happens before all is at rest. */
const restTurns = 8
/** How often all may be at rest, with no timer set, before nobody is at work. */
const mostRests = 1_000
/** Longest that anything may take, in milliseconds. */
const longestMs = 3_600_000

/**
 * The time from one outage to the next, in milliseconds: more than a grace period, or a payee could not claim what it
 * is owed.
 */
const betweenOutagesMs = 1_800_000

export class World implements AsyncDisposable {
  readonly time = new VirtualTime()
  readonly chain: MemoryChain
  readonly node: Node
  /** The chain as payers reach it: their nodes are well. */
  readonly direct: ChainClient
  readonly server: Server
  readonly books: Books
  /** What happened, for whoever reads a failure. */
  readonly log: string[] = []

  #nextOutage = 0

  private constructor(upkeep: Upkeep, bug: Bug) {
    const clock = () => this.time.now
    this.chain = newChain(clock)
    this.node = new Node(this.chain, this.time)
    this.direct = new ChainClient(this.chain, { clock })
    const note = (line: string) => this.note(line)
    this.server = new Server({ chain: this.node, clock, upkeep, bug, note })
    this.books = new Books(this.chain)
  }

  static async start(upkeep: Upkeep = {}, bug: Bug = {}): Promise<World> {
    const world = new World(upkeep, bug)
    await world.server.start()
    return world
  }

  note(line: string): void {
    this.log.push(line)
  }

  readonly idle = async (): Promise<void> => {
    for (let turns = 0; turns < restTurns; turns++) {
      await turn()
      if (this.server.life.busy) {
        await this.server.life.rest()
        turns = 0
      }
    }
  }

  /** Waits for the server's work. Throws `ConnectionLost` when the server dies. */
  until<T>(work: Promise<T>): Promise<T> {
    const { life } = this.server
    return this.outside(Promise.race([work, life.death]))
  }

  /** Waits for work, and lets time pass when all waits for it. */
  async outside<T>(work: Promise<T>): Promise<T> {
    let done = false
    const finish = () => {
      done = true
    }
    work.then(finish, finish)
    const limit = this.time.now + longestMs
    // Without a timer others may still be at work, who wait for nothing.
    let rests = 0
    await this.idle()
    while (!done) {
      if (this.time.now > limit || rests > mostRests) throw new Error('nothing comes of it')
      rests = (await this.time.next(this.idle)) ? 0 : rests + 1
    }
    return work
  }

  /** Something fails for so long, in milliseconds. Answers false when the last time was not long enough ago. */
  outage(of: Outage, ms: number): boolean {
    if (this.time.now < this.#nextOutage) return false
    this.#nextOutage = this.time.now + ms + betweenOutagesMs
    if (of === 'node') this.node.down(ms)
    else if (of === 'token') this.chain.state.setPaused(pathUsd, true)
    else this.chain.hold()
    this.time.outside(ms, () => this.calm())
    return true
  }

  /** Node, token and chain are well again. */
  calm(): void {
    this.chain.state.setPaused(pathUsd, false)
    this.chain.release()
  }

  /** Time passes; the server does what it does on its own. */
  async pass(ms: number): Promise<void> {
    await this.time.advance(ms, this.idle)
    if (this.server.life.over) await this.revive()
  }

  /** Asks the server. A thrown error is what a listening server answers 500 for. */
  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const request = new Request(`${origin}${path}`, init)
    try {
      const response = await this.until(this.server.handler(request))
      return { status: response.status, headers: response.headers, response, lost: false }
    } catch (error) {
      if (error instanceof ConnectionLost)
        return { status: 0, headers: new Headers(), response: undefined, lost: true }
      this.note(`  the server threw: ${String(error)}`)
      return { status: 500, headers: new Headers(), response: undefined, lost: false }
    }
  }

  /** A dead server is started again. Streams of its last life are gone. */
  async revive(): Promise<void> {
    if (!this.server.life.over) return
    await this.server.clearAway()
    this.time.clear()
    this.books.cutStreams()
    await this.server.start()
    await this.idle()
    this.note('  the server died and was started again')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.clearAway()
    this.time[Symbol.dispose]()
    this.server.remove()
  }
}
