/** `npm start`: the main job in one go. A poem paid word by word on the memory chain, then the verdicts. */

import { print } from '../../src/cli/output.ts'
import { pay } from '../../src/cli/pay.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { ownChain } from '../harness/environment.ts'
import { newSeed } from '../kit/judge.ts'
import { startReference } from '../peers/mpp/payee/reference.ts'
import { referenceResources } from '../suites/mpp/server/own-targets.ts'
import { mppServer } from '../suites/mpp/server/suite.ts'
import { judgeAloud } from './judge-aloud.ts'

const environment = await ownChain()
const server = await startReference(environment.node)
const url = `${server.url}/poem`
try {
  print(`  chain ${environment.chainId} in memory   ${environment.rpcUrl}`)
  print(`  poem  ${url}`)
  print('')
  await pay({ url, account: devAccounts[1] as KeyAccount, chain: environment.rpc, maxDeposit: '1' })
  const seed = newSeed()
  const { node } = environment
  const subject = await mppServer.look(
    { url, environment, timeoutMs: 10_000, resources: referenceResources, statements: {}, node },
    seed,
  )
  const { code } = await judgeAloud(mppServer, subject, {
    target: 'reference',
    baseline: [],
    seed,
    replay: 'streamed-payments test server --target reference',
  })
  process.exitCode = code
} finally {
  await server.close()
  await environment.close()
}
