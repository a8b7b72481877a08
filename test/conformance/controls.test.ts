/**
 * Controls: servers that differ from the reference only in what the drafts leave free stay green. Here two mixes in the
 * features where the differences matter most; `selftest --controls` takes each control alone and the whole suite.
 */
import { expect, test } from 'vitest'
import { wronglyRed } from '../../conformance/kit/control.ts'
import { onResponse, withStatus } from '../../conformance/peers/mpp/payee/wire.ts'
import { judgeControls } from '../../conformance/suites/mpp/server/controls/judge.ts'
import { controlsNamed, mixes, serverControls } from '../../conformance/suites/mpp/server/controls.ts'

test.each([
  ['many-wordings', 'challenge,credential,stream,streaming,top-up,replay', 50],
  ['many-choices', 'accounting,idempotency,rate,closing,top-up', 40],
] as const)('%s: nothing fails', async (mix, only, least) => {
  const controls = controlsNamed(...(mixes[mix] ?? []))
  const { passed, red } = await judgeControls(controls, only)
  expect(wronglyRed(red, controls)).toEqual([])
  expect(passed).toBeGreaterThan(least)
})

test('a challenge that cannot be paid stands before the one that can: it is judged by that one', async () => {
  const controls = controlsNamed('challenges-that-cannot-be-paid-before-the-one-that-can')
  const { passed, red } = await judgeControls(controls, 'challenge,refusal,opaque,charge,login')
  expect(wronglyRed(red, controls)).toEqual([])
  expect(passed).toBeGreaterThan(60)
})

test('names are unique, each says what leaves it free, and every wording is in a mix', () => {
  const names = serverControls.map(({ name }) => name)
  expect(new Set([...names, ...Object.keys(mixes)]).size).toBe(names.length + Object.keys(mixes).length)
  expect(serverControls.filter(({ free }) => free === '')).toEqual([])
  const mixed = new Set(Object.values(mixes).flat())
  expect(controlsNamed(...mixed)).toHaveLength(mixed.size)
  expect(serverControls.filter(({ name, says }) => says !== undefined && !mixed.has(name))).toEqual([])
})

test('a server that is not lawful is no control: what is red for it is told', async () => {
  const http = onResponse(
    (_, { status }) => status === 402,
    (response) => withStatus(response, 401),
  )
  const { red } = await judgeControls([{ name: 'asks-with-401', free: 'nothing', http }], 'challenge')
  expect(wronglyRed(red, []).map(({ id }) => id)).toContain('challenge.402')
})
