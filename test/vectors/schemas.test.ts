/** The JSON Schemas of the wire objects, held against the vectors by ajv: an independent reader of both. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'

interface Case {
  tcId: number
  comment: string
  input: Record<string, unknown>
  result: 'valid' | 'invalid'
  reason?: string
}
interface Group {
  op: string
  tests: Case[]
}

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))
function base64url(text: unknown): unknown {
  if (!/^[A-Za-z0-9_-]*$/.test(String(text).trim())) throw new SyntaxError('not base64url')
  return JSON.parse(Buffer.from(String(text).trim(), 'base64url').toString())
}

function base64(text: unknown): unknown {
  if (!/^[A-Za-z0-9+/]*=*$/.test(String(text).trim())) throw new SyntaxError('not base64')
  return JSON.parse(Buffer.from(String(text).trim(), 'base64').toString())
}

/** The one value of a credential field. Another form is no credential, whatever is in it. */
function tokenOf(field: unknown): string {
  const [found, ...more] = String(field).matchAll(/(?:^|, )payment +([A-Za-z0-9_-]+)(?=,|$)/gi)
  if (found === undefined || more.length > 0) throw new SyntaxError('not one credential')
  return String(found[1])
}

type Members = { [name: string]: Members } | undefined
/** What stands under a key of `_meta`, beside or inside a member of a JSON-RPC message. */
function inMeta(message: unknown, parent: string, key: string): unknown {
  const whole = message as Members
  const found = [whole, whole?.[parent]].flatMap((holder) => holder?.['_meta']?.[key] ?? [])
  if (found.length !== 1) throw new SyntaxError('not exactly one')
  return found[0]
}

/** Schema, vector file, operation, and how the object is found in a case's input. */
const table: [string, string, string, (input: Record<string, unknown>) => unknown][] = [
  ['receipt', 'receipt', 'receipt.decode', ({ header }) => base64url(header)],
  ['session-receipt', 'receipt', 'sessionReceipt.decode', ({ header }) => base64url(header)],
  ['session-receipt', 'receipt', 'receiptEvent.decode', ({ data }) => JSON.parse(String(data))],
  ['need-voucher', 'receipt', 'needVoucher.decode', ({ data }) => JSON.parse(String(data))],
  ['snapshot', 'snapshot', 'snapshot.decode', ({ header }) => base64url(header)],
  ['descriptor', 'channel', 'descriptor.decode', ({ descriptor }) => descriptor],
  ['payload', 'channel', 'payload.decode', ({ payload }) => payload],
  ['session-request', 'requests', 'sessionRequest.decode', ({ text }) => base64url(text)],
  ['charge-request', 'requests', 'chargeRequest.decode', ({ text }) => base64url(text)],
  ['discovery', 'discovery', 'discovery.decode', ({ text }) => JSON.parse(String(text))],
  ['payment-info', 'discovery', 'discovery.offers', ({ info }) => info],
  ['credential', 'credential', 'credential.decode', ({ header }) => base64url(tokenOf(header))],
  ['proof', 'proof', 'proof.decode', ({ payload }) => payload],
  [
    'mcp-credential',
    'mcp',
    'mcp.credential.decode',
    ({ message }) => inMeta(message, 'params', 'org.paymentauth/credential'),
  ],
  [
    'mcp-receipt',
    'mcp',
    'mcp.receipt.decode',
    ({ message }) => inMeta(message, 'result', 'org.paymentauth/receipt'),
  ],
  ['mcp-error', 'mcp', 'mcp.error.decode', ({ error }) => error],
  ['x402/payment-required-v2', 'x402-required', 'x402.required.decode', ({ header }) => base64(header)],
  [
    'x402/payment-required-v1',
    'x402-required',
    'x402.required.decodeBody',
    ({ body }) => JSON.parse(String(body)),
  ],
  ['x402/settlement', 'x402-payment', 'x402.settlement.decode', ({ header }) => base64(header)],
  ['x402/exact-payload', 'x402-exact', 'x402.exact.decode', ({ payload }) => payload],
  [
    'x402/facilitator-request',
    'x402-payment',
    'x402.facilitatorRequest.decode',
    ({ body }) => JSON.parse(String(body)),
  ],
]

/** What a schema of the object alone can see: its members, their types and their forms. */
const structural = new Set(['missing', 'wrong-type', 'bad-syntax', 'bad-length', 'bad-character'])

/** An opaque is text to the schema; what is inside is for the decoder. */
const seenInside = /opaque/

const ajv = addFormats.default(new Ajv2020({ strict: false }))

describe.each(table)('%s.json and %s/%s', (schema, file, op, objectIn) => {
  const validate = ajv.compile(read(`spec/schemas/${schema}.json`) as object)
  const { groups } = read(`vectors/${file}.json`) as { groups: Group[] }
  const cases = groups.filter((group) => group.op === op).flatMap(({ tests }) => tests)

  test('takes every valid case', () => {
    const valid = cases.filter(({ result }) => result === 'valid')
    expect(valid.length).toBeGreaterThan(0)
    const refused = valid.filter(({ input }) => !validate(objectIn(input)))
    expect(refused.map(({ tcId, comment }) => `${tcId} ${comment}`)).toEqual([])
  })

  test('refuses what its members alone show to be wrong', () => {
    const invalid = cases.filter(
      ({ reason = '', comment }) => structural.has(reason) && !seenInside.test(comment),
    )
    const parsed = invalid.flatMap(({ tcId, comment, input }) => {
      try {
        return [{ name: `${tcId} ${comment}`, object: objectIn(input) }]
      } catch {
        // The text is no JSON at all: there is no object to look at.
        return []
      }
    })
    expect(parsed.length).toBeGreaterThan(0)
    expect(parsed.filter(({ object }) => validate(object)).map(({ name }) => name)).toEqual([])
  })
})

test('problem.json takes every problem that is written; a reader is more lenient (spec/readings.md B)', () => {
  const validate = ajv.compile(read('spec/schemas/problem.json') as object)
  const { groups } = read('vectors/problem.json') as {
    groups: { op: string; tests: { value?: unknown }[] }[]
  }
  const written = groups.filter(({ op }) => op === 'problem.encode').flatMap(({ tests }) => tests)
  expect(written.length).toBeGreaterThan(10)
  for (const { value } of written) expect(validate(value)).toBe(true)
})

test('mcp-challenge.json takes what is written, and refuses what its members show to be wrong', () => {
  const validate = ajv.compile(read('spec/schemas/mcp-challenge.json') as object)
  const { groups } = read('vectors/mcp.json') as {
    groups: { op: string; tests: (Case & { value?: unknown })[] }[]
  }
  const of = (op: string) => groups.filter((group) => group.op === op).flatMap(({ tests }) => tests)
  const written = of('mcp.challenge.encode').filter(({ result }) => result === 'valid')
  expect(written.length).toBeGreaterThan(1)
  for (const { value } of written) expect(validate(value)).toBe(true)
  const broken = of('mcp.error.decode').filter(
    ({ result, comment }) => result === 'invalid' && /^(id|realm|method|intent|request)(:| is)/.test(comment),
  )
  expect(broken.length).toBeGreaterThan(10)
  for (const { input } of broken) {
    const { error } = input as { error: { data: { challenges: unknown[] } } }
    expect(validate(error.data.challenges[0])).toBe(false)
  }
})
