/** Dependencies of targets are installed once, whoever else wants them at the same time. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { install } from '../../conformance/harness/target.ts'
import { SetupError } from '../../conformance/kit/verdict.ts'
import { folders } from '../support/folders.ts'

const folder = folders()
const wanted = (own: string, command: string, dependencies?: string) => ({
  name: 'toy',
  version: '1.0.0',
  folder: own,
  install: command,
  ...(dependencies === undefined ? {} : { dependencies }),
})
/** Installs as npm does, and says so. */
const whole = 'mkdir -p node_modules && echo ran >> log && sleep 0.3 && touch node_modules/.package-lock.json'

function target(): string {
  const own = folder()
  writeFileSync(join(own, 'package-lock.json'), '{}')
  return own
}
const runs = (own: string) => readFileSync(join(own, 'log'), 'utf8').match(/ran/g)?.length

test('by several at once, and again: once', async () => {
  const own = target()
  const said: string[] = []
  const other = join(own, 'other')
  mkdirSync(other)
  const all = [wanted(own, whole), wanted(own, whole), wanted(other, whole, '..')]
  await Promise.all(all.map((each) => install(each, (line) => said.push(line))))
  await install(wanted(own, whole), (line) => said.push(line))
  expect([runs(own), said]).toEqual([1, [`installing toy 1.0.0 (${whole})`]])
})

test('what was broken off is done again, and so is what has failed', async () => {
  const own = target()
  const failing = wanted(own, 'mkdir -p node_modules/half && echo ran >> log && echo no disk >&2 && exit 1')
  const failed = await Promise.allSettled([failing, failing].map((each) => install(each, () => undefined)))
  for (const { reason } of failed as PromiseRejectedResult[]) {
    expect(reason).toBeInstanceOf(SetupError)
    expect((reason as Error).message).toContain('no disk')
  }
  await install(wanted(own, whole), () => undefined)
  expect(runs(own)).toBe(3)
})
