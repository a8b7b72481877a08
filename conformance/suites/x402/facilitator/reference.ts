/** The reference facilitator in the kit's own process, with one fault or none, on a chain of its own. */
import { usdc } from '../../../../src/contracts/transfer-authorization.ts'
import { listen } from '../../../../src/http/listen.ts'
import { devAccounts, type KeyAccount } from '../../../../src/keys/accounts.ts'
import { fastestCurve } from '../../../../src/keys/native-curve.ts'
import { facilitator } from '../../../../src/x402/facilitator/facilitator.ts'
import { facilitatorHandler } from '../../../../src/x402/facilitator/handle.ts'
import { versions } from '../../../../src/x402/wire/fields.ts'
import { ownChain } from '../../../harness/environment.ts'
import { Patience } from '../../../harness/patience.ts'
import type { Subject } from '../../../peers/x402/payer/caller.ts'
import { chainId } from '../../../peers/x402/peers.ts'
import type { FacilitatorFault } from './fault.ts'

export async function startReference({
  around = (own) => own,
  http = (handler) => handler,
}: Pick<FacilitatorFault, 'around' | 'http'> = {}): Promise<{ subject: Subject; end(): Promise<void> }> {
  const environment = await ownChain(chainId)
  const { chain, fund } = environment
  const account = devAccounts[2] as KeyAccount
  const own = around(facilitator({ account, chain, recoverKey: fastestCurve }))
  const server = await listen(http(facilitatorHandler(own)))
  const subject = {
    url: server.url,
    chain,
    chainId,
    token: usdc,
    fund,
    patience: new Patience(5_000),
    versions,
  }
  return {
    subject,
    async end() {
      await server.close()
      await environment.close()
    },
  }
}
