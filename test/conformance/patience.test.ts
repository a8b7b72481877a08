/** How long the kit waits, in time that the test itself lets pass; and that no silence is waited for twice in full. */
import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { type Clock, Patience } from '../../conformance/harness/patience.ts'
import { runSuite } from '../../conformance/kit/run-suite.ts'
import { Blocked } from '../../conformance/kit/verdict.ts'
import { powers, resources } from '../../conformance/peers/mpp/offers.ts'
import type { Wrap } from '../../conformance/peers/mpp/payee/wire.ts'
import { learnCustoms } from '../../conformance/peers/mpp/payer/customs.ts'
import { fault } from '../../conformance/suites/mpp/server/fault.ts'
import { serverScenarios } from '../../conformance/suites/mpp/server/scenarios.ts'
import { standIn } from '../../conformance/suites/mpp/server/stand-in.ts'
import { subjectOf } from '../../conformance/suites/mpp/server/subject.ts'
import { silences } from '../support/silences.ts'

const full = 10_000

/** Time that passes when it is told to, all of it idle. */
function virtual() {
  let now = 0
  const timers = new Set<{ at: number; then: () => void }>()
  const clock: Clock = {
    now: () => now,
    idle: () => now,
    after(ms, then) {
      const timer = { at: now + ms, then }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  const pass = (ms: number) => {
    const until = now + ms
    for (;;) {
      const next = [...timers].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0]
      if (next === undefined) break
      timers.delete(next)
      now = next.at
      next.then()
    }
    now = until
  }
  const patience = new Patience(full, clock)
  return {
    patience,
    /** Waits for what never comes; answers for how long. */
    inVain(kind: string): number | undefined {
      let waited: number | undefined
      patience.wait(kind, (ms) => (waited = ms))
      pass(full)
      return waited
    },
    /** Waits for what comes after so long; whether it was waited for. */
    answered(kind: string, after: number): boolean {
      let late = false
      const wait = patience.wait(kind, () => (late = true))
      pass(after)
      wait.came()
      return !late
    },
    pass,
  }
}

test('what is silent is waited for in full once, then shortly', () => {
  const { patience, inVain, answered } = virtual()
  expect(answered('a', 10)).toBe(true)
  expect(inVain('a')).toBe(full)
  expect([inVain('a'), inVain('a'), inVain('a')]).toEqual([1_000, 1_000, 1_000])
  // Anything else is another thing.
  expect(answered('b', 9_999)).toBe(true)
  expect(inVain('b')).toBe(full)
  expect(patience.said).toEqual([
    'silence: a did not always come; waited for in vain 4 times',
    'silence: b did not always come; waited for in vain once',
  ])
})

test('a wait is told in whole milliseconds, whatever it is a multiple of', () => {
  const { inVain, answered } = virtual()
  expect(answered('a', 508.5548)).toBe(true)
  expect([inVain('a'), inVain('a')]).toEqual([full, 2_034])
})

test('a slow target is waited for in full, and several times as long as it needs once it was silent', () => {
  const { inVain, answered } = virtual()
  for (let i = 0; i < 100; i++) expect(answered(`kind ${i % 7}`, 9_000)).toBe(true)
  expect(inVain('x')).toBe(full)
  for (let i = 0; i < 20; i++) expect(answered('kind 1', 9_000)).toBe(true)
  const slow = virtual()
  for (const kind of ['a', 'b', 'c', 'd']) expect(slow.answered(kind, 2_000)).toBe(true)
  for (const kind of ['a', 'b', 'c']) {
    expect(slow.inVain(kind)).toBe(full)
    expect(slow.answered('d', 2_000)).toBe(true)
  }
  // Three kinds were silent; all of them, and one that never came, are still given what this target needs.
  for (let i = 0; i < 10; i++)
    for (const kind of ['a', 'b', 'c', 'd', 'e']) expect(slow.answered(kind, 2_000)).toBe(true)
})

test('a silence that is learnt ends other waits for the same thing', () => {
  const { patience, pass } = virtual()
  const late: number[] = []
  const wait = () => patience.wait('a', () => late.push(1))
  wait()
  pass(5_000)
  wait()
  pass(4_900)
  wait()
  expect(late).toHaveLength(0)
  pass(100)
  expect(late).toHaveLength(2)
  pass(900)
  expect(late).toHaveLength(3)
})

test('what never came is not asked for again', () => {
  const { patience, inVain, answered } = virtual()
  for (let i = 0; i < 6; i++) {
    expect(() => patience.ask('a')).not.toThrow()
    inVain('a')
    answered('b', 1)
  }
  expect(() => patience.ask('a')).toThrow(Blocked)
  expect(() => patience.ask('b')).not.toThrow()
})

test('a target that died is found dead, and found alive', () => {
  const { patience, inVain, answered } = virtual()
  answered('a', 10)
  expect([inVain('a'), inVain('b'), inVain('c'), inVain('d')]).toEqual([full, full, 1_000, 1_000])
  answered('e', 10)
  expect(inVain('f')).toBe(full / 4)
  for (let i = 0; i < 40; i++) inVain(`other ${i}`)
  expect(() => patience.ask('new')).toThrow(/answers nothing any more/)
  answered('a', 10)
  expect(() => patience.ask('new')).not.toThrow()
})

/** A clock that runs ahead: ten seconds are over in a fifth of one. */
const fast = 50
const ahead: Clock = {
  now: () => performance.now() * fast,
  idle: () => performance.eventLoopUtilization().idle * fast,
  after(ms, then) {
    const timer = setTimeout(then, ms / fast)
    return () => clearTimeout(timer)
  },
}

/** Some of the table; with SILENCES=all the whole of it. */
const few = ['voucher POSTs', 'refusals of credentials', 'first events', 'anything after thirty requests']
const tried = process.env['SILENCES'] === 'all' ? Object.keys(silences) : few

test.each(tried)('a server that keeps back %s is waited for in full once a kind', async (name) => {
  const http = silences[name] as Wrap
  const silent = fault({ name, breaks: 'SESS-SSE-001', caughtBy: [], http })
  const found = await standIn({ fault: silent, timeoutMs: 500 })
  try {
    const patience = new Patience(full, ahead)
    const options = { ...found.options, patience }
    const subject = subjectOf({ ...options, ...(await learnCustoms(options, 'silent')) }, 'silent')
    const suite = { scenarios: serverScenarios, offers: { resources, powers } }
    await runSuite(suite, subject, { only: 'voucher,stream' })
    const kinds = patience.silences.flatMap((each) => (each.full ? each.kind : []))
    expect(kinds.length).toBeGreaterThan(0)
    expect(kinds).toHaveLength(new Set(kinds).size)
  } finally {
    await found.end()
  }
})
