/** The reference payee in this process, on a chain of its own. */
import { MemoryChain } from '../src/chain/memory/chain.ts'
import { devAccounts, type KeyAccount } from '../src/keys/accounts.ts'
import { fastestCurve } from '../src/keys/native-curve.ts'
import type { PayeeOptions } from '../src/mpp/server/payee.ts'
import { payments } from '../src/mpp/server/payments.ts'

/** A chain whose development accounts have money; it recovers signers as fast as this machine can. */
export const newChain = (): MemoryChain =>
  new MemoryChain({ funded: devAccounts.map(({ address }) => address), recoverKey: fastestCurve })

/** A payee with some options of its own, and its chain, by default a new one. */
export function newPayee({
  chain = newChain(),
  ...options
}: Partial<PayeeOptions> & { chain?: MemoryChain } = {}) {
  const account = devAccounts[0] as KeyAccount
  const pay = payments({
    account,
    chain,
    secretKey: 'a secret of thirty-two bytes or so',
    realm: 'localhost',
    ...options,
  })
  return { chain, pay }
}
