/**
 * Lets one process at a time serve from a store. A process that opens the store writes its identity into it, in a
 * transaction that LMDB allows to one process at a time, so of two that start together one finds the identity of the
 * other. The identity of a process that has died is overwritten at once. Whether a process in another container is
 * alive cannot be asked: owners renew their identity every two seconds, and a newcomer waits to see whether it is
 * renewed.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import type { RootDatabase } from 'lmdb'
import { beganAt, isRunning, orNothing } from './process.ts'
import { commit } from './write-ahead.ts'

/** A store that another process serves from. */
export class StoreInUse extends Error {
  override readonly name = 'StoreInUse'

  constructor(folder: string, { pid }: Pick<Owner, 'pid'>) {
    super(
      `${folder} is in use by process ${pid}: one process serves from it, or what was paid once is sold twice`,
    )
  }
}

interface Owner {
  pid: number
  /** When it began, in ticks after the start of the machine: a number alone is given again. Empty where not known. */
  began: string
  /** Start of the machine, and the space in which the number counts. Empty where not known. */
  boot: string
  space: string
  /** Tells the stores of one process apart. */
  token: string
  beats: number
}

const key = 'owner'
/** How often an owner renews its name, in milliseconds, and how long one that cannot be asked is watched. */
const beatMs = 2_000
const watchMs = 3 * beatMs

/** Stores that are open in this process. */
const open = new Set<string>()

/** Takes a store; answers how to let go of it. Rejects with `StoreInUse`. */
export async function own(
  database: RootDatabase<string, string>,
  folder: string,
): Promise<() => Promise<void>> {
  const me = identity(process.pid)
  const read = () => {
    const text = database.get(key)
    return text === undefined ? undefined : (JSON.parse(text) as Owner)
  }
  /** Writes our name, unless one stands there that is not `dead`; answers that one. */
  const take = (dead?: Owner): Owner | undefined =>
    database.transactionSync(() => {
      const holder = read()
      const gone = dead !== undefined && holder?.token === dead.token && holder.beats === dead.beats
      if (holder !== undefined && !gone && isAlive(holder, me) !== false) return holder
      database.putSync(key, JSON.stringify(me))
      return undefined
    })
  const holder = take()
  if (holder !== undefined && isAlive(holder, me) === 'unknown')
    await new Promise((resolve) => setTimeout(resolve, watchMs))
  const living = holder !== undefined && (isAlive(holder, me) === true || take(holder) !== undefined)
  if (living) throw new StoreInUse(folder, holder)

  open.add(me.token)
  const beat = setInterval(() => {
    // A disk that is full now is written to again at the next beat.
    void commit(() => database.put(key, JSON.stringify({ ...me, beats: ++me.beats }))).catch(() => undefined)
  }, beatMs)
  beat.unref()
  return async () => {
    clearInterval(beat)
    // A store may be closed twice; the second time there is nothing to let go of.
    if (!open.delete(me.token) || read()?.token !== me.token) return
    // When the identity cannot be removed now, the next process overwrites it, because this process is ending.
    await commit(() => database.remove(key)).catch(() => undefined)
  }
}

/** Whether the owner of a store runs; unknown when it runs where its number means nothing to us. */
function isAlive(holder: Owner, me: Owner): boolean | 'unknown' {
  if (holder.boot !== me.boot) return false
  if (holder.space !== me.space) return 'unknown'
  if (holder.pid === me.pid) return open.has(holder.token)
  return isRunning(holder.pid, holder.began)
}

function identity(pid: number): Owner {
  const boot = orNothing(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  const space = orNothing(() => readlinkSync('/proc/self/ns/pid'))
  return { pid, began: beganAt(pid), boot, space, token: crypto.randomUUID(), beats: 0 }
}
