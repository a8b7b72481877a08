/** Runs the suite against a server that is lawful, and says what is red all the same. */

import { ownChain } from '../../conformance/harness/environment.ts'
import type { Instance } from '../../conformance/harness/process.ts'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import { run } from '../../conformance/kit/run.ts'
import type { Variant } from '../../conformance/peers/mpp/payee/delivery.ts'
import {
  launchInProcess,
  referenceResources,
  startReference,
} from '../../conformance/peers/mpp/payee/reference.ts'
import { findManagement } from '../../conformance/peers/mpp/payer/management.ts'
import { preflight } from '../../conformance/peers/mpp/payer/preflight.ts'
import type { ServerFault } from '../../conformance/suites/mpp/server/fault.ts'
import { capabilitiesOf, serverSuite } from '../../conformance/suites/mpp/server/suite.ts'

interface Setting {
  /** How the reference is changed. */
  server?: ServerFault
  /** Another way to send the units of its streams. */
  variant?: Variant
  /** Puts something before each instance: its URL -> the URL that is judged. */
  before?: (url: string) => Promise<string>
  /** Features; default all. */
  only?: string | undefined
}

/** What was judged: how many checks passed, and every verdict that is neither pass nor skip, with its message. */
export async function judged({ server: fault, variant, before = async (url) => url, only }: Setting) {
  const environment = await ownChain()
  const server = await startReference(environment.node, { fault, variant })
  try {
    const { node } = environment
    const launch = async (): Promise<Instance> => {
      const instance = await launchInProcess(node, { fault, variant })
      return { ...instance, url: await before(instance.url) }
    }
    const found = await preflight(await before(`${server.url}/poem`), environment, 10_000, referenceResources)
    const subject = { ...found, node, launch }
    const management = await findManagement(subject, 'lawful')
    const suite = serverSuite({ ...subject, management }, 'lawful')
    const results = await run(suite, {
      requirements: loadRequirements(),
      capabilities: capabilitiesOf(subject),
      ...(only === undefined ? {} : { only }),
    })
    const checks = results.flatMap((result) => result.checks)
    return {
      said: suite.units.said,
      passed: checks.filter(({ verdict }) => verdict === 'pass').length,
      red: [
        ...checks
          .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip')
          .map(({ id, verdict, message }) => ({ id, verdict, message })),
        ...results.flatMap(({ scenario, audit, harnessError }) => [
          ...(audit?.rules ?? [])
            .filter(({ verdict }) => verdict === 'fail')
            .map((rule) => ({ ...rule, scenario })),
          ...(harnessError === undefined
            ? []
            : [{ id: scenario, verdict: 'harness', message: harnessError }]),
        ]),
      ],
    }
  } finally {
    await server.close()
    await environment.close()
  }
}
