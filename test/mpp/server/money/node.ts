/** The node between server and chain: it fails, hangs and answers from the past, a few times, when it is told to. */
import { FaultyRpc } from '../../../../src/chain/faults.ts'
import type { MemoryChain } from '../../../../src/chain/memory/chain.ts'
import { quantity, type Rpc, RpcError, type RpcRequest, RpcUnreachable } from '../../../../src/chain/rpc.ts'
import type { VirtualTime } from './time.ts'

/** What it does wrong: three kinds of error, no answer at all, and answers that are not true any more. */
export const faults = ['error', 'gateway', 'cut', 'hang', 'empty', 'null-receipt', 'stale'] as const
export type Fault = (typeof faults)[number]
/** Whether a request that is answered with an error is carried out all the same: never, at once, or a while later. */
export const carriedOut = ['never', 'at-once', 'late'] as const
export type CarriedOut = (typeof carriedOut)[number]

/** Which requests a fault strikes. */
export const targets = {
  send: ['eth_sendRawTransaction'],
  call: ['eth_call'],
  receipt: ['eth_getTransactionReceipt'],
  any: undefined,
} as const
export type Target = keyof typeof targets

/** What a node can answer from the past. */
const readMethods = ['eth_call', 'eth_blockNumber', 'eth_getLogs', 'eth_getTransactionReceipt']

/** How long a node that hangs lets one wait before the connection breaks, in milliseconds. */
const hangMs = 12_000
/** How long a gateway keeps what it passes on late, in milliseconds. */
const lateMs = 4_000
const unreachable = (reason: string) => new RpcUnreachable('http://node', reason)

export interface NodeFault {
  fault: Fault
  target: Target
  carriedOut: CarriedOut
  /** How many requests it strikes. */
  times: number
  /** Blocks that a stale answer is behind. */
  depth: number
}

interface Struck extends NodeFault {
  methods: readonly string[] | undefined
}

export class Node implements Rpc {
  readonly #chain: MemoryChain
  readonly #receipts: FaultyRpc
  readonly #time: VirtualTime
  #struck: Struck[] = []
  /** Wall clock in milliseconds until which nobody reaches it. */
  #downUntil = 0

  constructor(chain: MemoryChain, time: VirtualTime) {
    this.#chain = chain
    this.#time = time
    this.#receipts = new FaultyRpc(chain)
  }

  /** Nobody reaches the node for so long, in milliseconds. */
  down(ms: number): void {
    this.#downUntil = this.#time.now + ms
  }

  /** Sets a fault for the next requests it is about. */
  fail(fault: NodeFault): void {
    if (fault.fault === 'null-receipt') this.#receipts.delayReceipts({ times: fault.times })
    else {
      const { fault: kind, target } = fault
      const methods = kind === 'empty' ? targets.call : kind === 'stale' ? readMethods : targets[target]
      this.#struck.push({ ...fault, methods })
    }
  }

  heal(): void {
    this.#struck = []
    this.#downUntil = 0
    this.#receipts.heal()
  }

  async request(request: RpcRequest): Promise<unknown> {
    if (this.#time.now < this.#downUntil) throw unreachable('connection refused')
    const struck = this.#struck.find(({ methods }) => methods?.includes(request.method) ?? true)
    if (struck === undefined) return this.#receipts.request(request)
    if (--struck.times <= 0) this.#struck.splice(this.#struck.indexOf(struck), 1)
    return this.#strike(struck, request)
  }

  async #strike({ fault, carriedOut, depth }: Struck, request: RpcRequest): Promise<unknown> {
    if (fault === 'empty') return '0x'
    if (fault === 'stale') return this.#past(request, depth)
    if (carriedOut === 'at-once') await this.#receipts.request(request)
    if (carriedOut === 'late')
      this.#time.outside(lateMs, () => void this.#chain.request(request).catch(() => undefined))
    switch (fault) {
      case 'error':
        throw new RpcError(-32_000, 'upstream request timed out')
      case 'gateway':
        throw new RpcError(-32_603, 'gateway timeout')
      case 'hang':
        await new Promise((resolve) => setTimeout(resolve, hangMs))
        throw unreachable('no answer in time')
      default:
        throw unreachable('socket hang up')
    }
  }

  /** What a node that is some blocks behind answers; it knows nothing of a later block. */
  async #past({ method, params }: RpcRequest, depth: number): Promise<unknown> {
    const number = Math.max(this.#chain.head.number - depth, this.#chain.firstBlock)
    const latest = quantity(number)
    const [first, tag] = (params ?? []) as readonly unknown[]
    if (method === 'eth_blockNumber') return latest
    if (method === 'eth_getLogs')
      return this.#chain.request({ method, params: [{ ...(first as object), toBlock: latest }] })
    if (method === 'eth_getTransactionReceipt') {
      const receipt = (await this.#chain.request({ method, params: [first] })) as {
        blockNumber: string
      } | null
      return receipt === null || Number(receipt.blockNumber) > number ? null : receipt
    }
    if (typeof tag === 'string' && tag.startsWith('0x') && Number(tag) > number)
      throw new RpcError(-32_000, 'header not found')
    return this.#chain.request({ method, params: [first, latest] })
  }
}
