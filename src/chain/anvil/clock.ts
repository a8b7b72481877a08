/**
 * Contract time that runs ahead of Anvil's blocks. Moving Anvil's own clock would make it refuse every transaction
 * stamped with the wall clock, so the offset stands in the storage of the channel contracts instead.
 */
import type { Address, Hex } from '../../codec/hex.ts'
import { invalidParams, quantity, type Rpc, RpcError } from '../rpc.ts'
import { offset, store } from './storage.ts'

export class ContractClock {
  readonly #anvil: Rpc
  readonly #contracts: readonly Address[]
  /** From which block on how many seconds; the newest last. */
  #changes: { block: number; seconds: number }[] = []

  private constructor(anvil: Rpc, contracts: readonly Address[]) {
    this.#anvil = anvil
    this.#contracts = contracts
  }

  /** The clock of contracts that may have been moved before, on the chain that was forked. */
  static async read(anvil: Rpc, contracts: readonly Address[]): Promise<ContractClock> {
    const clock = new ContractClock(anvil, contracts)
    await clock.reread()
    return clock
  }

  /** Seconds ahead in a block. */
  offsetAt(block: number): number {
    return this.#changes.findLast((change) => change.block <= block)?.seconds ?? 0
  }

  /** Moves contract time and mines a block that shows it. Answers the offset, as Anvil does. */
  async advance(seconds: number): Promise<Hex> {
    if (!Number.isSafeInteger(seconds) || seconds < 0)
      throw new RpcError(invalidParams, 'expected a whole number of seconds')
    const block = await this.#head()
    const total = this.offsetAt(block) + seconds
    for (const contract of this.#contracts) await store(this.#anvil, offset(contract, total))
    this.#changes.push({ block: block + 1, seconds: total })
    await this.#anvil.request({ method: 'evm_mine', params: [] })
    return quantity(total)
  }

  /** Follows storage after it changed under us: a snapshot was restored. */
  async reread(): Promise<void> {
    const [contract] = this.#contracts
    if (contract === undefined) return
    const params = [contract, offset(contract, 0).slot, 'latest']
    const seconds = Number(await this.#anvil.request({ method: 'eth_getStorageAt', params }))
    const block = await this.#head()
    this.#changes = this.#changes.filter((change) => change.block <= block)
    if (this.offsetAt(block) !== seconds) this.#changes.push({ block, seconds })
  }

  async #head(): Promise<number> {
    return Number(await this.#anvil.request({ method: 'eth_blockNumber', params: [] }))
  }
}
