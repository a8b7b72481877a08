/** Chains that lie to the server they are given to. */
import { transactionHash } from '../../../../src/chain/faults.ts'
import { type Rpc, RpcError, serverError } from '../../../../src/chain/rpc.ts'

/**
 * A chain that takes transactions whose calldata has a selector, answers that they succeeded, and never executes
 * them: a server on it believes what did not happen.
 */
export const swallowing =
  (selector: `0x${string}`) =>
  (chain: Rpc): Rpc => {
    const swallowed = new Set<unknown>()
    return {
      async request({ method, params }) {
        const [first] = (params ?? []) as unknown[]
        if (method === 'eth_sendRawTransaction' && String(first).includes(selector.slice(2))) {
          const hash = `0x${String(swallowed.size + 1).padStart(64, '0')}`
          swallowed.add(hash)
          return hash
        }
        if (method === 'eth_getTransactionReceipt' && swallowed.has(first))
          return {
            transactionHash: first,
            blockNumber: '0x1',
            status: '0x1',
            logs: [],
            gasUsed: '0x0',
            effectiveGasPrice: '0x0',
          }
        return chain.request({ method, params })
      },
    }
  }

/**
 * A server that takes whatever error a broadcast is answered with for a no: it hears a rule of the node's, and looks for
 * no receipt.
 */
export const believingErrors = (chain: Rpc): Rpc => {
  const failed = new Set<unknown>()
  return {
    async request({ method, params }) {
      const [first] = (params ?? []) as unknown[]
      if (method === 'eth_getTransactionReceipt' && failed.delete(first)) return null
      try {
        return await chain.request({ method, params })
      } catch (error) {
        if (method !== 'eth_sendRawTransaction' || (error as Error).message === 'already known') throw error
        failed.add(transactionHash(first))
        throw new RpcError(serverError, 'transaction underpriced')
      }
    },
  }
}
