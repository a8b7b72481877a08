/** The reference server as the kit starts it: unbroken, or with one fault. */
import { devAccounts, type KeyAccount } from '../../src/chain/accounts.ts'
import type { Rpc } from '../../src/chain/rpc.ts'
import { type Listening, listen } from '../../src/server/node.ts'
import { payments } from '../../src/server/payments.ts'
import { poemServer } from '../../src/server/poem.ts'
import { memoryStore } from '../../src/server/store/memory.ts'
import type { ServerFault } from './fault.ts'

/** The payee of the reference server: the first development account. */
export const payee = devAccounts[0] as KeyAccount

/** Starts it on a free port; the paid stream is at `/poem`. */
export async function startReference(chain: Rpc, fault?: ServerFault): Promise<Listening> {
  const store = memoryStore()
  const pay = payments({
    account: payee,
    chain: fault?.chain?.(chain) ?? chain,
    secretKey: 'the reference server, as the kit starts it',
    realm: 'reference',
    store: fault?.store?.(store) ?? store,
    ...fault?.options,
    ...(fault?.rules === undefined ? {} : { rules: fault.rules }),
  })
  const handler = poemServer(pay, fault?.offer)
  return listen(fault?.http?.(handler, { store }) ?? handler)
}
