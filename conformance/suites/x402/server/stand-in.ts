/** The reference server in the kit's own process, with one fault or none, on a chain of its own. */
import { ownChain } from '../../../harness/environment.ts'
import type { Alteration } from '../../../peers/x402/payee/alteration.ts'
import { startReference } from '../../../peers/x402/payee/reference.ts'
import { look, type Subject } from '../../../peers/x402/payer/subject.ts'
import { chainId, peersOn } from '../../../peers/x402/peers.ts'
import { chatPath, referenceResources } from './own-targets.ts'

/** Broken servers fall silent; the reference answers in milliseconds. */
const timeoutMs = 3_000

export async function standIn(fault?: Alteration): Promise<{ subject: Subject; end(): Promise<void> }> {
  const environment = await ownChain(chainId)
  const server = await startReference(await peersOn(environment), fault)
  const end = async () => {
    await server.close()
    await environment.close()
  }
  try {
    const url = `${server.url}${chatPath}`
    const subject = await look({ url, environment, timeoutMs, resources: referenceResources, statements: {} })
    return { subject, end }
  } catch (error) {
    await end()
    throw error
  }
}
