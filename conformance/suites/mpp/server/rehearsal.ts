/**
 * One open that is sent unlawfully many times and lawfully once, at the end: an open costs the chain two
 * transactions, and what is refused leaves it as good as it was.
 */
import { performance } from 'node:perf_hooks'
import { validitySeconds } from '../../../../src/chain/client.ts'
import type { Exchange } from '../../../harness/http.ts'
import type { Tester } from '../../../kit/tester.ts'
import type { Payer, PreparedOpen } from '../../../peers/mpp/payer/payer.ts'
import { describe } from './answers.ts'

/** Half of what the chain gives a transaction, in milliseconds: the rest is for the act it is used in, and for the proof. */
export const freshForMs = (validitySeconds * 1000) / 2

export class Rehearsal<C extends string> {
  readonly #payer: Payer
  #open: Promise<PreparedOpen> | undefined
  #signedAt = 0
  readonly #checks = new Set<C>()

  constructor(payer: Payer) {
    this.#payer = payer
  }

  /** An attempt of a check that does something with the open. */
  attempt(check: C, send: (open: PreparedOpen) => Promise<Exchange>) {
    return { act: this.act(check, send), position: this.#payer.position }
  }

  /** The act alone. An open that was taken is not used again. */
  act(check: C, send: (open: PreparedOpen) => Promise<Exchange>): () => Promise<Exchange> {
    this.#checks.add(check)
    return async () => {
      const answer = await send(await this.#prepared())
      if (answer.accepted) this.#open = undefined
      return answer
    }
  }

  /** The open; another one, just like it, when it would be too old for the chain before it is proven. */
  #prepared(): Promise<PreparedOpen> {
    const now = performance.now()
    if (this.#open === undefined || now - this.#signedAt > freshForMs) {
      this.#open = this.#payer.prepareOpen()
      this.#signedAt = now
    }
    return this.#open
  }

  /** Sends the open lawfully. When it is refused too, the refusals before it showed nothing: their checks are blocked. */
  async prove(t: Tester<C>): Promise<void> {
    if (this.#open === undefined) return
    const answer = await this.#payer.send(await this.#prepared())
    const body = await answer.text()
    this.#open = undefined
    if (answer.accepted) return
    const reason = `the lawful open was refused too: ${describe(answer, body)}`
    for (const check of this.#checks) t.block(check, reason)
  }
}
