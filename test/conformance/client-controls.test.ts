/**
 * Clients that differ from the reference only in what the texts leave free stay green. Here two mixes in the features
 * where the differences matter most; `selftest --role client --controls` takes each control alone, in all features.
 */
import { expect, test } from 'vitest'
import { wronglyRed } from '../../conformance/kit/control.ts'
import {
  clientControls,
  controlsNamed,
  judgeControls,
  mixes,
} from '../../conformance/suites/mpp/client/controls.ts'

test.each([
  ['many-words', 'credential,alternate,calls', 15],
  ['many-choices', 'lifecycle,deposit,bodies', 20],
] as const)('%s: nothing fails', async (mix, only, least) => {
  const controls = controlsNamed(...(mixes[mix] ?? []))
  const { passed, red } = await judgeControls(controls, only)
  expect(wronglyRed(red, controls)).toEqual([])
  expect(passed).toBeGreaterThan(least)
})

test('there are at least 40; names are unique, each says what leaves it free, and mixes name what there is', () => {
  const names = clientControls.map(({ name }) => name)
  expect(names.length).toBeGreaterThanOrEqual(40)
  expect(new Set([...names, ...Object.keys(mixes)]).size).toBe(names.length + Object.keys(mixes).length)
  expect(clientControls.filter(({ free }) => free === '')).toEqual([])
  const mixed = Object.values(mixes).flat()
  expect(controlsNamed(...new Set(mixed))).toHaveLength(new Set(mixed).size)
})

test('a client that is not lawful is no control: what is red for it is told', async () => {
  const variant = { options: { salt: () => `0x${'5a'.repeat(32)}` as const } }
  const { red } = await judgeControls([{ name: 'salts-all-alike', free: 'nothing', variant }], 'lifecycle')
  expect(wronglyRed(red, []).map(({ id }) => id)).toEqual(['lifecycle.fresh-salt'])
})
