/** The reference server as the kit starts it in its own process: unbroken, or with one fault. */

import { httpRpc } from '../../../../src/chain/http-rpc.ts'
import type { Rpc } from '../../../../src/chain/rpc.ts'
import { type Listening, listen } from '../../../../src/http/listen.ts'
import { devAccounts, type KeyAccount } from '../../../../src/keys/accounts.ts'
import { poemServer } from '../../../../src/mpp/server/example/server.ts'
import type { PayeeOptions } from '../../../../src/mpp/server/payee.ts'
import { type Payments, payments } from '../../../../src/mpp/server/payments.ts'
import { memoryStore } from '../../../../src/mpp/server/store/memory.ts'
import type { ChannelStore } from '../../../../src/mpp/server/store/store.ts'
import type { Instance } from '../../../harness/process.ts'
import type { Alteration } from './alteration.ts'
import { delivering, oneByOne, type Variant } from './delivery.ts'

/** The payee of the reference server: the first development account. */
export const payee = devAccounts[0] as KeyAccount

interface Setting {
  fault?: Alteration | undefined
  /** Another lawful way to send the units of its streams. */
  variant?: Variant | undefined
  store?: ChannelStore
  port?: number
  options?: Partial<PayeeOptions>
}

/** Starts it on a free port; the paid stream is at `/poem`. */
export async function startReference(
  chain: Rpc,
  { fault, variant, store = memoryStore(), port = 0, options = {} }: Setting = {},
): Promise<Listening & { payments: Payments }> {
  const pay = payments({
    account: payee,
    chain: fault?.chain?.(chain) ?? chain,
    secretKey: 'the reference server, as the kit starts it',
    realm: 'reference',
    store: fault?.store?.(store) ?? store,
    // Fifty words at the usual price: only what runs up so much is settled before its close.
    settleThreshold: 50_000n,
    // Often enough that even a short stream looks its channel up again.
    verifyIntervalMs: 100,
    onError: () => undefined,
    // As current SDKs: so each close of the kit shows that it carries the consent.
    requireCloseSignature: true,
    ...options,
    ...fault?.options,
    ...(fault?.rules === undefined ? {} : { rules: fault.rules }),
  })
  const deliver = fault?.deliver ?? oneByOne
  const selling =
    fault?.deliver === undefined && variant?.deliver === undefined
      ? pay
      : delivering(pay, variant?.deliver?.(deliver) ?? deliver)
  const handler = poemServer(selling, fault?.offer)
  const faulty = fault?.http?.(handler, { store }) ?? handler
  const listening = fault?.listen ?? listen
  return { ...(await listening(variant?.http?.(faulty) ?? faulty, { port })), payments: pay }
}

/** How long an instance may take to end when it is asked to, in milliseconds: longer than its patience with a node. */
const stopTimeoutMs = 3_000

/**
 * An instance that dies without a process of its own: when it is killed its connections break and whatever it was
 * doing stops at its next step to store or chain. What it had stored is there when it starts again.
 */
export async function launchInProcess(
  chain: Rpc,
  { fault, variant }: Pick<Setting, 'fault' | 'variant'> = {},
  { WATCH_INTERVAL_MS, KEEP_ALIVE_MS, RPC_URL }: Readonly<Record<string, string>> = {},
): Promise<Instance> {
  const disk = memoryStore()
  const own = RPC_URL === undefined ? chain : httpRpc(RPC_URL)
  const options = {
    claimTimeoutMs: 300,
    stopGraceMs: 300,
    ...(WATCH_INTERVAL_MS === undefined ? {} : { watchIntervalMs: Number(WATCH_INTERVAL_MS) }),
    ...(KEEP_ALIVE_MS === undefined ? {} : { keepAliveMs: Number(KEEP_ALIVE_MS) }),
  }
  const begin = async (port?: number) => {
    let dead = false
    /** The rest of a process that was killed never happens. */
    const alive = <T>(work: () => Promise<T>): Promise<T> => (dead ? new Promise<T>(() => undefined) : work())
    const store: ChannelStore = {
      ...disk,
      durable: true,
      get: (channelId) => alive(() => disk.get(channelId)),
      update: (channelId, change) => alive(() => disk.update(channelId, change)),
      charges: {
        update: (use, change) => alive(() => disk.charges.update(use, change)),
        forget: (now) => alive(() => disk.charges.forget(now)),
      },
    }
    const node: Rpc = { request: (request) => alive(() => own.request(request)) }
    const server = await startReference(node, {
      fault,
      variant,
      store,
      options,
      ...(port === undefined ? {} : { port }),
    })
    const kill = () => {
      dead = true
      return server.close()
    }
    const terminate = async () => {
      // Whatever it could not claim is there at the next start.
      let late: NodeJS.Timeout | undefined
      const tooLong = new Promise<boolean>((resolve) => {
        late = setTimeout(() => resolve(false), stopTimeoutMs)
      })
      const closed = Promise.allSettled([server.payments.close()]).then(() => true)
      const ended = await Promise.race([closed, tooLong])
      clearTimeout(late)
      await kill()
      return ended
    }
    return { server, kill, terminate }
  }
  let running = await begin()
  const { url, port } = running.server
  return {
    url: `${url}/poem`,
    kill: () => running.kill(),
    terminate: () => running.terminate(),
    async restart() {
      await running.kill()
      running = await begin(port)
    },
    stop: () => running.kill(),
  }
}
