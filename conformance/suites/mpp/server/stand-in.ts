/** The reference server in the kit's own process, altered or not, on a chain of its own: for faults and for controls. */
import { type Environment, ownChain } from '../../../harness/environment.ts'
import type { Instance } from '../../../harness/process.ts'
import { SetupError } from '../../../kit/verdict.ts'
import type { Alteration } from '../../../peers/mpp/payee/alteration.ts'
import { type Variant, variants } from '../../../peers/mpp/payee/delivery.ts'
import { launchInProcess, startReference } from '../../../peers/mpp/payee/reference.ts'
import { preflight } from '../../../peers/mpp/payer/preflight.ts'
import type { SubjectOptions } from '../../../peers/mpp/payer/subject.ts'
import { referenceResources } from './own-targets.ts'

export interface Setting {
  /** How the reference is altered, lawfully or not. */
  fault?: Alteration | undefined
  /** Another lawful way to send the units of its streams. */
  variant?: Variant | undefined
  /** Puts something before each instance: its URL -> the URL that is judged. */
  before?: (url: string) => Promise<string>
  /** How long an answer may take, in milliseconds. Broken servers fall silent; the reference answers in milliseconds. */
  timeoutMs?: number
  /** Whether it is judged by what it says of itself, even where that cannot be read; default by the unbroken one's terms. */
  asItIs?: boolean
}

/** Starts it. */
export async function standIn({
  fault,
  variant,
  before = async (url) => url,
  timeoutMs = 1_500,
  asItIs = false,
}: Setting): Promise<{ options: SubjectOptions; end(): Promise<void> }> {
  const environment = await ownChain()
  const { node } = environment
  const server = await startReference(node, { fault, variant })
  const launch = async (env?: Readonly<Record<string, string>>): Promise<Instance> => {
    const instance = await launchInProcess(node, { fault, variant }, env)
    return { ...instance, url: await before(instance.url) }
  }
  const end = async () => {
    await server.close()
    fault?.end?.()
    await environment.close()
  }
  try {
    const url = await before(`${server.url}/poem`)
    const found = asItIs
      ? await preflight(url, environment, timeoutMs, referenceResources)
      : await lookedAt(url, environment, timeoutMs)
    // A lawful one need not look for close requests as often as it is told.
    return { options: { ...found, node, launch, watches: !asItIs }, end }
  } catch (error) {
    await end()
    throw error
  }
}

/** A lawful way to send units, by its name. Throws `SetupError` for a name that is none. */
export function variantNamed(name: string): Variant {
  const variant = variants[name]
  if (variant === undefined)
    throw new SetupError(`no variant ${name}; there are ${Object.keys(variants).join(', ')}`)
  return variant
}

/** A server too broken to be looked at is judged by the terms of the unbroken one. */
async function lookedAt(url: string, environment: Environment, timeoutMs: number): Promise<SubjectOptions> {
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
