/** The reference payee in this process, on a chain of its own. */
import { MemoryChain } from '../src/chain/memory/chain.ts'
import { devAccounts, type KeyAccount } from '../src/keys/accounts.ts'
import { fastestCurve } from '../src/keys/native-curve.ts'
import type { PayeeOptions } from '../src/mpp/server/payee.ts'
import { payments } from '../src/mpp/server/payments.ts'
import { memoryStore } from '../src/mpp/server/store/memory.ts'
import type { ChannelStore } from '../src/mpp/server/store/store.ts'

/** A chain whose development accounts have money; it recovers signers as fast as this machine can. */
export const newChain = (): MemoryChain =>
  new MemoryChain({ funded: devAccounts.map(({ address }) => address), recoverKey: fastestCurve })

/** Live channels of a store that has none to look at. */
export const noChannels: ChannelStore['live'] = async function* () {
  yield* []
}

/**
 * A payee with some options of its own, and its chain, by default a new one. `end` stops it, so that its upkeep takes no
 * time of the lines after it; its channels stay open on a chain that is gone with it, and a given store stays open.
 */
export function newPayee({
  chain = newChain(),
  store = memoryStore(),
  ...options
}: Partial<PayeeOptions> & { chain?: MemoryChain } = {}) {
  let over = false
  const account = devAccounts[0] as KeyAccount
  const pay = payments({
    account,
    chain,
    secretKey: 'a secret of thirty-two bytes or so',
    realm: 'localhost',
    stopGraceMs: 0,
    ...options,
    store: {
      ...store,
      live: (...query) => (over ? noChannels() : store.live(...query)),
      close: async () => undefined,
    },
  })
  const end = (): Promise<void> => {
    over = true
    return pay.close()
  }
  return { chain, pay, end }
}
