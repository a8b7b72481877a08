/** Real targets: our own server is green, mppx 0.11.0 shows what its baseline lists and nothing else. */
import { readFileSync } from 'node:fs'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { auditRules } from '../../conformance/suites/mpp/audit.ts'
import { cli, temporary } from '../support/cli.ts'
import { demanded } from '../support/coverage.ts'

interface Result {
  summary: Record<string, number>
  checks: { id: string; verdict: string; scenario: string; requirement: string; also: string[] }[]
  audits: { rules: { id: string; verdict: string }[]; figures: Record<string, string> }[]
  planned: number
  executed: number
}
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Result

describe('test server', () => {
  test('--target reference: nothing fails, the money is whole, the JSON fits its schema', async () => {
    const json = temporary('reference.json')
    const { code, stdout } = await cli('test', 'server', '--target', 'reference', '--json', json)
    expect(stdout).toMatch(/\d+ passed, 0 failed/)
    expect(code).toBe(0)
    const result = read(json)
    expect(result.summary).toMatchObject({ fail: 0, warn: 0, blocked: 0 })
    expect(result.executed).toBe(result.planned)
    const rules = result.audits.flatMap((audit) => audit.rules)
    expect(rules.filter(({ verdict }) => verdict === 'fail')).toEqual([])
    // A channel that was closed or lost within its story leaves some rules nothing to look at; the sum is always there.
    expect(rules.filter(({ id, verdict }) => id === 'audit.conserved' && verdict !== 'pass')).toEqual([])
    // A MUST that is only skipped was not judged: some check of each has run and passed.
    const passed = new Set(
      result.checks
        .filter(({ verdict }) => verdict === 'pass')
        .flatMap(({ requirement, also }) => [requirement, ...also]),
    )
    const audited = new Set<string>(Object.values(auditRules))
    expect(
      demanded()
        .musts.filter(({ id }) => !passed.has(id) && !audited.has(id))
        .map(({ id }) => id),
    ).toEqual([])
    const ajv = new Ajv.Ajv2020({ strict: false })
    addFormats.default(ajv)
    const validate = ajv.compile(JSON.parse(readFileSync('spec/schemas/result.json', 'utf8')) as object)
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true)
  })

  test('--target mppx --no-baseline: the known differences are found', async () => {
    const json = temporary('mppx.json')
    const { code } = await cli('test', 'server', '--target', 'mppx', '--no-baseline', '--json', json)
    expect(code).toBe(1)
    const result = read(json)
    const red = result.checks
      .filter(({ verdict }) => verdict === 'fail' || verdict === 'warn' || verdict === 'blocked')
      .map(({ id }) => id)
    const baseline = parse(readFileSync('conformance/targets/mppx/baseline.yaml', 'utf8')) as {
      check: string
    }[]
    expect(red.sort()).toEqual(baseline.map(({ check }) => check).sort())
    expect(red).toEqual(
      expect.arrayContaining([
        'stream.header-receipt',
        'open.zero-voucher',
        'challenge.lowercase-hex',
        'replay.no-5xx',
      ]),
    )
    const completed = [
      'open.accepted',
      'stream.exact-units',
      'voucher.advances',
      'top-up.mid-stream',
      'close.captures-spent',
    ]
    const passed = new Set(result.checks.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id))
    expect(completed.filter((id) => !passed.has(id))).toEqual([])
  })

  test('--target mppx: the baseline makes it 0', async () => {
    const { code, stdout } = await cli('test', 'server', '--target', 'mppx')
    expect(stdout).toContain('known, in the baseline')
    expect(code).toBe(0)
  })
})
