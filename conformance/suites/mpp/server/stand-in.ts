/** The reference server in the kit's own process, with one fault or none, on a chain of its own. */
import { type Environment, ownChain } from '../../../harness/environment.ts'
import { SetupError } from '../../../kit/verdict.ts'
import { variants } from '../../../peers/mpp/payee/delivery.ts'
import { launchInProcess, startReference } from '../../../peers/mpp/payee/reference.ts'
import { preflight } from '../../../peers/mpp/payer/preflight.ts'
import type { SubjectOptions } from '../../../peers/mpp/payer/subject.ts'
import type { ServerFault } from './fault.ts'
import { referenceResources } from './own-targets.ts'

/** Broken servers fall silent; the reference answers in milliseconds. */
const timeoutMs = 1_500

/** Starts it, behind a lawful variant if one is named. */
export async function standIn(
  fault: ServerFault | undefined,
  named?: string,
): Promise<{ options: SubjectOptions; end(): Promise<void> }> {
  const variant = named === undefined ? undefined : variants[named]
  if (named !== undefined && variant === undefined)
    throw new SetupError(`no variant ${named}; there are ${Object.keys(variants).join(', ')}`)
  const environment = await ownChain()
  const { node } = environment
  const server = await startReference(node, { fault, variant })
  const launch = (env?: Readonly<Record<string, string>>) => launchInProcess(node, { fault, variant }, env)
  const end = async () => {
    await server.close()
    await environment.close()
  }
  try {
    const found = await lookedAt(`${server.url}/poem`, environment)
    return { options: { ...found, node, launch, watches: true }, end }
  } catch (error) {
    await end()
    throw error
  }
}

/** A server too broken to be looked at is judged by the terms of the unbroken one. */
async function lookedAt(url: string, environment: Environment): Promise<SubjectOptions> {
  const looked = await preflight(url, environment, timeoutMs, referenceResources).catch((error: unknown) => {
    if (error instanceof SetupError) return undefined
    throw error
  })
  if (looked?.terms !== undefined) return looked
  const unbroken = await startReference(environment.rpc)
  try {
    const { resources, ...subject } = await preflight(
      `${unbroken.url}/poem`,
      environment,
      timeoutMs,
      referenceResources,
    )
    const moved = [...resources].map(
      ([name, { url: at, terms }]) =>
        [name, { url: new URL(new URL(at).pathname, url).href, terms }] as const,
    )
    return { ...subject, url, resources: new Map(moved) }
  } finally {
    await unbroken.close()
  }
}
