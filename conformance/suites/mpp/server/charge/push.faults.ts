/** Servers that are wrong about payments that the client sent itself. */
import type { Rpc } from '../../../../../src/chain/rpc.ts'
import { payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault, no, ok } from '../fault.ts'
import { blindTo } from './charge.faults.ts'

/** A chain on which every transaction that is not known has succeeded. */
const credulous = (chain: Rpc): Rpc => ({
  async request({ method, params }) {
    const answer = await chain.request({ method, params })
    if (method !== 'eth_getTransactionReceipt' || answer !== null) return answer
    const [hash] = params as [string]
    return {
      transactionHash: hash,
      blockNumber: '0x1',
      status: '0x1',
      logs: [],
      gasUsed: '0x0',
      effectiveGasPrice: '0x0',
    }
  },
})

/** A server that remembers the hashes it was paid with as they were written. */
function hashByItsSpelling() {
  let capitals = false
  return fault({
    name: 'hash-by-its-spelling',
    breaks: 'CHG-004',
    caughtBy: ['push.respelled', 'audit.charged-is-delivered'],
    like: ['tempoxyz/mpp-rs#285'],
    http: (handler) => async (request) => {
      capitals = /[A-F]/.test(String(payloadOf(request)['hash']))
      return handler(request)
    },
    store: (store) => ({
      ...store,
      charges: {
        ...store.charges,
        update: (use, change) => store.charges.update(use, (before) => change(capitals ? undefined : before)),
      },
    }),
  })
}

export const faults = [
  fault({
    name: 'refuses-hashes',
    breaks: 'CORE-STAT-005',
    caughtBy: ['push.accepted'],
    rules: { transferred: { pushOffered: ({ pushed }) => (pushed ? no() : undefined) } },
  }),
  hashByItsSpelling(),
  fault({
    name: 'hash-of-anybody',
    breaks: 'CHG-006',
    caughtBy: ['push.others-payment'],
    like: ['tempoxyz/pympp#144', 'wevm/mppx#904'],
    rules: blindTo({ memo: undefined }),
  }),
  fault({
    name: 'hash-for-any-challenge',
    breaks: 'CHG-004',
    caughtBy: ['push.other-challenge', 'push.others-payment', 'audit.charged-is-delivered'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    rules: { ...blindTo({ memo: undefined }), transactionUse: { unusedTransaction: ok } },
  }),
  fault({
    name: 'believes-any-hash',
    breaks: 'CHG-006',
    caughtBy: ['push.unmined', 'push.underpaid', 'push.others-payment', 'audit.charged-is-delivered'],
    chain: credulous,
    rules: { transferred: { paidWhatWasAsked: ok } },
  }),
]
