/** The kit's requests are those of the clients that it looks like: byte by byte, but for what asks for compression. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from '../../conformance/harness/http.ts'
import { type LookName, lookNames, lookOf } from '../../conformance/harness/looks.ts'
import { Trace } from '../../conformance/kit/trace.ts'
import { serverScenarios } from '../../conformance/suites/mpp/server/scenarios.ts'

type Field = readonly [name: string, value: string]

const seen: Field[][] = []
const server = createServer(({ rawHeaders }, response) => {
  seen.push(
    rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1] as string] as const] : [])),
  )
  response.end()
})
let url: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/poem`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

const own: Field[] = [
  ['accept', 'text/event-stream'],
  ['authorization', 'Payment abc'],
]
const pythonCode = (at: string) =>
  `import urllib.request as r; r.urlopen(r.Request("${at}", headers=${JSON.stringify(Object.fromEntries(own))})).read()`
const run = (command: string, ...args: string[]) =>
  new Promise<void>((resolve) => execFile(command, args, () => resolve()))

/** What the real client sends; nothing where there is none on this machine. */
const real: Partial<Record<LookName, () => Promise<unknown>>> = {
  fetch: async () =>
    (await fetch(url, { headers: own.map(([name, value]): [string, string] => [name, value]) })).text(),
  curl: () => run('curl', '-s', '-H', 'Accept: text/event-stream', '-H', 'Authorization: Payment abc', url),
  urllib: () => run('python3', '-c', pythonCode(url)),
}

/** Without its version, and without compression, which the kit does not read. */
const comparable = (fields: Field[] | undefined) =>
  fields?.flatMap(([name, value]) => {
    if (/^accept-encoding$/i.test(name) && value !== 'identity') return []
    return [`${name}: ${/^user-agent$/i.test(name) ? value.split('/')[0] : value}`]
  })

async function sent(by: () => Promise<unknown>): Promise<Field[] | undefined> {
  seen.length = 0
  await by()
  return seen[0]
}

const kit = (look: LookName, headers = own) =>
  sent(async () =>
    (await send(url, { headers, look }, new Trace().recorder('mpp/server/any'), 10_000)).text(),
  )

test.each(Object.keys(real) as LookName[])('%s', async (look) => {
  const theirs = await sent(real[look] as () => Promise<unknown>)
  if (theirs === undefined && look !== 'fetch') return
  expect(comparable(await kit(look))).toEqual(comparable(theirs))
})

test.each(lookNames)(
  'as %s, what a request says itself goes before the look, in its letters',
  async (look) => {
    const fields = await kit(look, [...own, ['user-agent', 'me/1'], ['idempotency-key', 'k']])
    const named = (name: string) => (fields ?? []).filter(([each]) => each.toLowerCase() === name)
    for (const name of ['host', 'user-agent', 'idempotency-key', 'authorization'])
      expect(named(name)).toHaveLength(1)
    expect(named('user-agent')[0]?.[1]).toBe('me/1')
  },
)

test('scenarios look like all of them, and none names the kit', () => {
  expect(new Set(serverScenarios.map(({ id }) => lookOf(id)))).toEqual(new Set(lookNames))
})
