/**
 * One life of the server's process. Whatever it asks of its disk and of its node passes here, so a run can end it
 * between any two of these operations: then nothing of it goes on, and what it had not written is lost.
 */
import type { Rpc } from '../../../../src/chain/rpc.ts'

/** The connection is gone, and nobody knows what became of the request. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

const never = new Promise<never>(() => undefined)

export class Life {
  over = false
  /** How many of the next writes fail. */
  failingWrites = 0
  /** Rejects when the process dies. */
  readonly death: Promise<never>
  #die: () => void = () => undefined
  #left = Number.POSITIVE_INFINITY
  /** What is asked of the disk and not answered yet. */
  readonly #underWay = new Set<Promise<unknown>>()

  constructor() {
    this.death = new Promise<never>((_, reject) => {
      this.#die = () => reject(new ConnectionLost('the process died'))
    })
    this.death.catch(() => undefined)
  }

  /** Dies at the `steps`th moment from now; each operation has two: before it is done, and after. */
  dieAfter(steps: number): void {
    this.#left = steps
    if (steps <= 0) this.die()
  }

  die(): void {
    this.over = true
    this.#die()
  }

  /** Whether the disk is at work: then real time passes, and no other. */
  get busy(): boolean {
    return this.#underWay.size > 0
  }

  /** Resolves when the disk has come to rest. */
  async rest(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
  }

  /** Does an operation, unless death comes first. */
  async #pass<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#dead()) return never
    try {
      return await operation()
    } finally {
      if (this.#dead()) await never
    }
  }

  #onDisk<T>(operation: () => Promise<T>): Promise<T> {
    return this.#pass(async () => {
      const done = operation()
      this.#underWay.add(done)
      try {
        return await done
      } finally {
        this.#underWay.delete(done)
      }
    })
  }

  /** A node as this process reaches it. */
  node(rpc: Rpc): Rpc {
    return { request: (request) => this.#pass(() => rpc.request(request)) }
  }

  /** A store as this process sees it: every function of it, and of what it holds, passes here. */
  store<T extends object>(store: T): T {
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member === 'object' && member !== null) return this.store(member)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          const call = () => member.apply(target, args) as unknown
          if (name === 'live') return this.#each(call() as AsyncIterable<unknown>)
          // Waiting for a change is no operation; its end is that of a process that goes down in order.
          if (name === 'changed' || name === 'close') return this.over ? never : call()
          return this.#onDisk(async () => {
            if (name === 'update' && this.failingWrites > 0) {
              this.failingWrites--
              throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
            }
            return call()
          })
        }
      },
    })
  }

  async *#each(values: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    const iterator = values[Symbol.asyncIterator]()
    for (;;) {
      const { value, done } = await this.#onDisk(() => iterator.next())
      if (done) return
      yield value
    }
  }

  #dead(): boolean {
    if (!this.over && --this.#left <= 0) this.die()
    return this.over
  }
}
