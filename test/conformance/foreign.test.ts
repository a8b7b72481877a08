/**
 * Negative controls: a server that differs from the reference only in what the drafts leave free stays green in every
 * check. By default one such server with many differences at once; FOREIGN=mixes takes all and the whole suite, and
 * FOREIGN=each every difference alone too.
 */
import { expect, test } from 'vitest'
import { launchInProcess, referenceResources, startReference } from '../../conformance/faults/reference.ts'
import { ownChain } from '../../conformance/runner/environment.ts'
import { loadRequirements } from '../../conformance/runner/requirements.ts'
import { run } from '../../conformance/runner/run.ts'
import { preflight } from '../../conformance/suites/mpp/preflight.ts'
import { capabilitiesOf, serverSuite } from '../../conformance/suites/mpp/suite.ts'
import { type ForeignServer, foreign, together, type Variation, variations } from '../support/foreign.ts'

const requirements = loadRequirements()
/** Between them all there is; what excludes each other is in different ones. */
const mixes: Readonly<Record<string, readonly Variation[]>> = {
  'many differences at once': together(
    'every byte on its own',
    'members nobody knows',
    'terms with members nobody knows',
    'problems in other words',
    'comments and retry between events',
    'lines of a stream end with CR',
    'parameters in another order',
    'other challenges around it, in one field',
    'headers nobody asked for',
    'upper-case names',
    '204 without content',
  ),
  'many others at once': together(
    'three bytes at a time',
    'no space after a colon',
    'lines of a stream end with CRLF',
    'lower-case scheme',
    'parameters nobody knows',
    'other challenges before, in fields of their own',
  ),
  'the rest at once': together(
    'white space around commas',
    'upper-case scheme',
    'other challenges after, in fields of their own',
  ),
}
const alone = Object.entries(variations).map(([name, variation]): [string, Variation[]] => [
  name,
  [variation],
])
const whole = process.env['FOREIGN'] !== undefined
const cases = whole
  ? [...Object.entries(mixes), ...(process.env['FOREIGN'] === 'each' ? alone : [])]
  : Object.entries(mixes).slice(0, 1)
/** The features where the difference can matter; the whole suite takes half a minute each. */
const only = whole ? {} : { only: 'challenge,credential,stream,streaming,top-up,replay' }

test.each(cases)('%s: nothing fails', async (_, chosen) => {
  const environment = await ownChain()
  const server = await startReference(environment.node)
  const proxies: ForeignServer[] = []
  const before = async (url: string) => {
    const proxy = await foreign(url, chosen)
    proxies.push(proxy)
    return proxy.url
  }
  try {
    const { node } = environment
    const launch = async () => {
      const instance = await launchInProcess(node)
      return { ...instance, url: await before(instance.url) }
    }
    const found = await preflight(await before(`${server.url}/poem`), environment, 10_000, referenceResources)
    const subject = { ...found, node, launch }
    const results = await run(serverSuite(subject, 'foreign'), {
      requirements,
      capabilities: capabilitiesOf(subject),
      ...only,
    })
    const checks = results.flatMap((result) => result.checks)
    expect(
      checks
        .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip')
        .map(({ id, verdict, message }) => `${verdict} ${id}: ${message}`),
    ).toEqual([])
    expect(
      results.flatMap(({ audit, harnessError }) =>
        [harnessError ?? [], audit?.rules.filter(({ verdict }) => verdict === 'fail') ?? []].flat(),
      ),
    ).toEqual([])
    expect(checks.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThan(50)
  } finally {
    await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()))
    await server.close()
    await environment.close()
  }
})
