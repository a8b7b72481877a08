/** `npm start`: the main job in one go. A poem paid word by word on the memory chain, then the verdicts. */

import { print } from '../../src/cli/output.ts'
import { pay } from '../../src/cli/pay.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { ownChain } from '../harness/environment.ts'
import { referenceResources, startReference } from '../peers/mpp/payee/reference.ts'
import { preflight } from '../peers/mpp/payer/preflight.ts'
import { judgeServer, newSeed } from './judge.ts'

const environment = await ownChain()
const server = await startReference(environment.node)
const url = `${server.url}/poem`
try {
  print(`  chain ${environment.chainId} in memory   ${environment.rpcUrl}`)
  print(`  poem  ${url}`)
  print('')
  await pay({ url, account: devAccounts[1] as KeyAccount, chain: environment.rpc, maxDeposit: '1' })
  const { code } = await judgeServer({
    target: 'reference',
    subject: { ...(await preflight(url, environment, 10_000, referenceResources)), node: environment.node },
    baseline: [],
    seed: newSeed(),
    replay: 'streamed-payments test server --target reference',
    print,
  })
  process.exitCode = code
} finally {
  await server.close()
  await environment.close()
}
