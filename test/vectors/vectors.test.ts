/** The vectors as a whole: our library passes them, nothing is left out, and other libraries say the same. */
import { createHash, createHmac } from 'node:crypto'
import canonicalize from 'canonicalize'
import { hashTypedData, recoverAddress } from 'viem'
import { describe, expect, test } from 'vitest'
import { loadRequirements } from '../../conformance/runner/requirements.ts'
import { definitions } from '../../conformance/vectors/files/index.ts'
import { generate, lint, loadVectors } from '../../conformance/vectors/generate.ts'
import { answer } from '../../conformance/vectors/ops.ts'
import { runVectors } from '../../conformance/vectors/run.ts'
import { devAccounts } from '../../src/chain/accounts.ts'

const files = loadVectors()
const requirements = loadRequirements()
const cases = files.flatMap(({ groups }) =>
  groups.flatMap(({ op, tests }) => tests.map((found) => ({ op, ...found }))),
)

/** The accepted cases of an operation; at least one, or the cross-check checks nothing. */
function accepted(op: string) {
  const found = cases.flatMap((item) => (item.op === op && item.result === 'valid' ? [item] : []))
  expect(found.length).toBeGreaterThan(0)
  return found.map(
    ({ input, value }) =>
      ({ input, value }) as { input: Record<string, never>; value: Record<string, never> },
  )
}

describe('vectors', () => {
  test('our library passes every one', async () => {
    const results = await runVectors(files, { ask: answer })
    expect(results.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
    expect(results.length).toBe(cases.length)
  })
  test('the linter finds nothing', () => expect(lint(files)).toEqual([]))
  test('are what the definitions say', async () => {
    expect(definitions.map(({ file }) => file).sort()).toEqual(files.map(({ file }) => file).sort())
    for (const definition of definitions) {
      const file = files.find((found) => found.file === definition.file)
      expect(await generate(definition, file)).toEqual(file)
    }
  })
  test('the linter sees a repeat, a wrong count and an unknown flag', () => {
    const [first] = structuredClone(files)
    const group = first?.groups[0]
    const test = group?.tests[0]
    if (first === undefined || group === undefined || test === undefined) throw new Error('no vectors')
    group.tests.push({ ...test, tcId: first.lastTcId + 1, flags: ['Nonsense'] })
    const found = lint([first]).join('\n')
    for (const part of ['repeats', 'numberOfTests is wrong', 'lastTcId', 'flag Nonsense'])
      expect(found).toContain(part)
  })
})

describe('requirements', () => {
  const named = new Set(
    files.flatMap(({ groups }) =>
      groups.flatMap((group) => [
        ...group.requirements,
        ...group.tests.flatMap(({ requirements: own = [] }) => own),
      ]),
    ),
  )
  // Rules of encoding: those whose role is codec, and those of other roles that no scenario but only a decoder can judge.
  const encoding = [...requirements.values()].filter(
    ({ role, unchecked = '' }) => role === 'codec' || unchecked.startsWith('a rule of encoding'),
  )
  test('every rule of encoding has vectors', () => {
    expect(encoding.length).toBeGreaterThanOrEqual(50)
    expect(encoding.filter(({ id }) => !named.has(id)).map(({ id }) => id)).toEqual([])
  })
})

describe('other libraries agree', () => {
  test('canonicalize, on canonical JSON', () => {
    for (const { input, value } of accepted('jcs.encode'))
      expect(canonicalize(JSON.parse(input['text'] as unknown as string))).toBe(value['text'])
  })
  test('Node, on base64url and digests', () => {
    for (const { input, value } of accepted('base64url.encode'))
      expect(Buffer.from(input['text'] as unknown as string).toString('base64url')).toBe(value['text'])
    for (const { input, value } of accepted('digest.encode')) {
      const name = String(input['algorithm'])
      const hash = createHash(name.replace('-', '')).update(String(input['body'])).digest('base64')
      expect(`${name}=:${hash}:`).toBe(value['digest'])
    }
  })
  test('canonicalize and Node, on challenge ids', () => {
    for (const { input, value } of accepted('challenge.id')) {
      const {
        realm,
        method,
        intent,
        request,
        expires = '',
        digest = '',
        header,
        opaque = '',
        secretKey,
      } = input as Record<string, string>
      const text = Buffer.from(canonicalize(request) ?? '').toString('base64url')
      const slots = [
        realm,
        method,
        intent,
        text,
        expires,
        digest,
        ...(header === undefined ? [] : [header]),
        opaque,
      ]
      expect(createHmac('sha256', String(secretKey)).update(slots.join('|')).digest('base64url')).toBe(
        value['id'],
      )
    }
  })
  const typed = ({ protocol, escrow, chainId, channelId, cumulativeAmount }: Record<string, never>) => ({
    domain: {
      name: protocol === 'v1' ? 'Tempo Stream Channel' : 'TIP20 Channel Reserve',
      version: '1',
      chainId,
      verifyingContract: escrow,
    },
    types: {
      Voucher: [
        { name: 'channelId', type: 'bytes32' },
        { name: 'cumulativeAmount', type: protocol === 'v1' ? 'uint128' : 'uint96' },
      ],
    },
    primaryType: 'Voucher' as const,
    message: { channelId, cumulativeAmount: BigInt(cumulativeAmount ?? 0) },
  })
  test('viem, on voucher hashes', () => {
    for (const { input, value } of accepted('voucher.hash'))
      expect(hashTypedData(typed(input) as never)).toBe(value['hash'])
  })
  test('viem, on who signed the vouchers', async () => {
    for (const { input, value } of accepted('voucher.sign')) {
      const hash = hashTypedData(typed(input) as never)
      const signer = await recoverAddress({ hash, signature: value['signature'] as never })
      expect(signer.toLowerCase()).toBe(devAccounts[0]?.address)
    }
  })
  test('viem, on proof hashes', () => {
    for (const { input, value } of accepted('proof.hash')) {
      const { chainId, challengeId } = input
      const hash = hashTypedData({
        domain: { name: 'MPP', version: '1', chainId },
        types: { Proof: [{ name: 'challengeId', type: 'string' }] },
        primaryType: 'Proof',
        message: { challengeId: challengeId as never },
      })
      expect(hash).toBe(value['hash'])
    }
  })
})
