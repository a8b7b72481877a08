/**
 * Time that moves only when a run moves it: its wall clock, and the timers and deadlines of everything that runs
 * meanwhile. A wait of a minute costs nothing, and the same acts always see the same times.
 */

interface Timer {
  due: number
  everyMs: number | undefined
  /** Whether it is the world's own, and outlives the server. */
  outside?: true
  run(): void
}

/** What stands for a timer of Node's. */
interface Handle {
  id: number
  unref(): Handle
  ref(): Handle
}

/** The database writes in real time, and its timers are this short, in milliseconds. */
const longestRealMs = 1
const isDatabase = (ms: number) => ms <= longestRealMs && new Error().stack?.includes('/lmdb/') === true

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  performance: globalThis.performance,
  timeout: AbortSignal.timeout,
}

export class VirtualTime implements Disposable {
  /** Wall clock in milliseconds. */
  now: number
  readonly #timers = new Map<number, Timer>()
  #last = 0

  /** Takes the place of the global timers until it is disposed of. */
  constructor(now = Date.UTC(2030, 0, 1)) {
    this.now = now
    const add = (run: () => void, ms: number, everyMs?: number): Handle => {
      const id = ++this.#last
      this.#timers.set(id, { due: this.now + Math.max(ms, 1), everyMs, run })
      const handle: Handle = { id, unref: () => handle, ref: () => handle }
      return handle
    }
    const clear = (handle: unknown) => {
      const { id } = (handle ?? {}) as Partial<Handle>
      if (id === undefined || !this.#timers.delete(id)) real.clearTimeout(handle as NodeJS.Timeout)
    }
    replace({
      setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
        isDatabase(ms) ? real.setTimeout(run, ms, ...args) : add(() => run(...args), ms),
      setInterval: (run: () => void, ms = 0) => add(run, ms, Math.max(ms, 1)),
      clearTimeout: clear,
      clearInterval: clear,
      performance: new Proxy(real.performance, {
        get: (target, name) => {
          if (name === 'now') return () => this.now
          const member: unknown = Reflect.get(target, name, target)
          return typeof member === 'function' ? member.bind(target) : member
        },
      }),
    })
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController()
      add(() => controller.abort(new DOMException('timed out', 'TimeoutError')), ms)
      return controller.signal
    }
  }

  /** Time passes. `idle` resolves when what a timer set going has come to rest. */
  async advance(ms: number, idle: () => Promise<void>): Promise<void> {
    const until = this.now + ms
    for (let due = this.#earliest(); due !== undefined && due[1].due <= until; due = this.#earliest()) {
      this.#fire(...due)
      await idle()
    }
    this.now = Math.max(this.now, until)
    await idle()
  }

  /** Time passes until the next timer; answers false when there is none. */
  async next(idle: () => Promise<void>): Promise<boolean> {
    const due = this.#earliest()
    if (due !== undefined) this.#fire(...due)
    await idle()
    return due !== undefined
  }

  /** Something that happens outside the server, whatever becomes of it. */
  outside(ms: number, run: () => void): void {
    this.#timers.set(++this.#last, { due: this.now + ms, everyMs: undefined, outside: true, run })
  }

  /** Forgets the timers of the server, which is gone. */
  clear(): void {
    for (const [id, timer] of this.#timers) if (!timer.outside) this.#timers.delete(id)
  }

  [Symbol.dispose](): void {
    const { timeout, ...globals } = real
    replace(globals)
    AbortSignal.timeout = timeout
  }

  #earliest(): [number, Timer] | undefined {
    let earliest: [number, Timer] | undefined
    for (const entry of this.#timers)
      if (earliest === undefined || entry[1].due < earliest[1].due) earliest = entry
    return earliest
  }

  #fire(id: number, timer: Timer): void {
    this.now = Math.max(this.now, timer.due)
    if (timer.everyMs === undefined) this.#timers.delete(id)
    else timer.due = this.now + timer.everyMs
    timer.run()
  }
}

function replace(globals: object): void {
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
}
