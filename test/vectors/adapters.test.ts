/** Adapters: mppx 0.11.0 and our own library behind one, a process for all requests and a process a request. */
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { commandAdapter, loadAdapter } from '../../conformance/vectors/adapter.ts'
import { loadVectors } from '../../conformance/vectors/generate.ts'
import { answer, type Request } from '../../conformance/vectors/ops.ts'
import { compareKnown, runVectors } from '../../conformance/vectors/run.ts'
import { builtMain } from '../support/built.ts'

const folder = (path: string) => fileURLToPath(new URL(`../../conformance/${path}/`, import.meta.url))
const mppx = folder('targets/mppx')
const own = folder('adapters/streamed-payments')
const vectors = loadVectors()

/** One that is accepted, one that is refused, and one that no adapter knows. */
const requests: Request[] = [
  ...(['valid', 'invalid'] as const).map((kind) => ({
    schema: 1 as const,
    op: 'receipt.parse',
    input: vectors
      .flatMap(({ groups }) => groups)
      .filter(({ op }) => op === 'receipt.decode')
      .flatMap(({ tests }) => tests)
      .find(({ result }) => result === kind)?.input as Request['input'],
  })),
  { schema: 1, op: 'no.such', input: {} },
]

describe('mppx', () => {
  test('fails exactly where its baseline says, and says why', async () => {
    await using adapter = loadAdapter(mppx)
    const results = await runVectors(vectors, adapter)
    const { unexpected, known, stale } = compareKnown(results, adapter.known)
    expect(unexpected).toEqual([])
    expect(stale).toEqual([])
    const count = (verdict: string) => results.filter((result) => result.verdict === verdict).length
    expect(count('fail')).toBe(known.length)
    expect(count('pass')).toBeGreaterThan(200)
    expect(results.length).toBe(vectors.reduce((sum, { numberOfTests }) => sum + numberOfTests, 0))
  })

  test('answers the same in a process of its own for each request', async () => {
    await using lines = loadAdapter(mppx)
    await using once = commandAdapter(['node', 'adapter.mjs'], mppx, false)
    for (const request of requests) expect(await once.ask(request)).toEqual(await lines.ask(request))
  })
})

describe('our own', () => {
  test('passes every vector from behind a pipe', async () => {
    await using adapter = loadAdapter(own)
    const results = await runVectors(vectors, adapter)
    expect(results.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
  })

  test('answers the same in a process of its own for each request', async () => {
    const command = ['node', await builtMain(), 'vectors', 'answer']
    await using once = commandAdapter(command, own, false)
    for (const request of requests) expect(await once.ask(request)).toEqual(await answer(request))
  })
})

describe.each([
  ['lines', true],
  ['once', false],
] as const)('a broken adapter fails its case and not the run (%s)', (_, lines) => {
  const script = (text: string) => commandAdapter([process.execPath, '-e', text], '.', lines)
  const request: Request = { schema: 1, op: 'hex.decode', input: { text: '0x' } }
  test.each([
    ['it crashes', 'process.exit(3)', 'exit code 3'],
    ['its answer is no JSON', 'console.log("what?")', 'not JSON'],
    ['its answer is no answer', 'console.log("{}")', 'neither'],
    ['an error without a type', 'console.log(JSON.stringify({ ok: false, error: {} }))', 'neither'],
  ])('%s', async (_, text, expected) => {
    await using adapter = script(text)
    expect(await adapter.ask(request)).toMatchObject({
      ok: false,
      error: { type: 'adapter_failure', message: expect.stringContaining(expected) },
    })
  })
  test('it is not there', async () => {
    await using adapter = commandAdapter(['/no/such/adapter'], '.', lines)
    expect(await adapter.ask(request)).toMatchObject({ ok: false, error: { type: 'adapter_failure' } })
  })
})
