/** The reference server in the kit's own process, with one fault or none, on a chain of its own. */
import { ownChain } from '../../../harness/environment.ts'
import type { Alteration } from '../../../peers/x402/payee/alteration.ts'
import { launchInProcess, startReference } from '../../../peers/x402/payee/reference.ts'
import { look, type Subject } from '../../../peers/x402/payer/subject.ts'
import { chainId, peersOn } from '../../../peers/x402/peers.ts'
import { chatPath, referenceResources } from './own-targets.ts'

/** Broken servers fall silent; the reference answers in milliseconds. */
const timeoutMs = 3_000

export async function standIn(fault?: Alteration): Promise<{ subject: Subject; end(): Promise<void> }> {
  const environment = await ownChain(chainId)
  const peers = await peersOn(environment)
  const server = await startReference(peers, fault)
  const launch = () => launchInProcess(peers, fault)
  const end = async () => {
    await server.close()
    await environment.close()
  }
  try {
    const url = `${server.url}${chatPath}`
    const resources = referenceResources
    const subject = await look({ url, environment, timeoutMs, resources, statements: {}, launch })
    return { subject, end }
  } catch (error) {
    await end()
    throw error
  }
}
