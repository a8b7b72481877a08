/** A seed repeats a run: the same payers, the same salts. On a chain where it ran before, new channels. */
import { expect, test } from 'vitest'
import { type Environment, ownChain } from '../../conformance/harness/environment.ts'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import { run } from '../../conformance/kit/run.ts'
import { Trace } from '../../conformance/kit/trace.ts'
import { startReference } from '../../conformance/peers/mpp/payee/reference.ts'
import { preflight } from '../../conformance/peers/mpp/payer/preflight.ts'
import { serverScenarios } from '../../conformance/suites/mpp/server/scenarios.ts'
import { subjectOf } from '../../conformance/suites/mpp/server/subject.ts'
import * as Credential from '../../src/mpp/wire/credential.ts'

/** Runs one feature; answers its verdicts and the payer and salt of every channel it spoke of. */
async function played(seed: string, environment: Environment) {
  const server = await startReference(environment.rpc)
  try {
    const subject = await preflight(`${server.url}/poem`, environment, 10_000)
    const trace = new Trace()
    const options = {
      requirements: loadRequirements(),
      capabilities: new Set(['stream'] as const),
      only: 'replay',
    }
    const results = await run({ ...subjectOf(subject, seed), scenarios: serverScenarios }, options, trace)
    const credentials = trace.entries.flatMap((entry) =>
      entry.kind === 'request'
        ? entry.headers.filter(([name]) => name.toLowerCase() === 'authorization')
        : [],
    )
    const channels = credentials.flatMap(([, value]) => {
      const { descriptor } = Credential.decode(value).payload as {
        descriptor?: { payer: string; salt: string }
      }
      return descriptor === undefined ? [] : [`${descriptor.payer} ${descriptor.salt}`]
    })
    return {
      verdicts: results.flatMap(({ checks }) => checks.map(({ verdict }) => verdict)),
      channels: [...new Set(channels)].sort(),
    }
  } finally {
    await server.close()
  }
}

test('the same seed gives the same payers and salts, another seed others', async () => {
  const runs = []
  for (const seed of ['a', 'a', 'b']) {
    const environment = await ownChain()
    runs.push(await played(seed, environment))
    await environment.close()
  }
  const [first, again, other] = runs
  expect(first?.channels.length).toBeGreaterThan(1)
  expect(again).toEqual(first)
  expect(other?.channels.filter((each) => first?.channels.includes(each))).toEqual([])
})

test('run again on the same chain, it opens other channels and stays green', async () => {
  const environment = await ownChain()
  const first = await played('a', environment)
  const again = await played('a', environment)
  await environment.close()
  expect(new Set(again.verdicts)).toEqual(new Set(['pass']))
  expect(again.channels.filter((each) => first.channels.includes(each))).toEqual([])
})
