/** How long the kit waits, in time that the test itself lets pass. */
import { expect, test } from 'vitest'
import { type Clock, CutShort, Patience } from '../../conformance/harness/patience.ts'
import { Blocked, TargetError } from '../../conformance/kit/verdict.ts'

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
      patience.wait({ what: kind }, ({ ms }) => (waited = ms))
      pass(full)
      return waited
    },
    /** Waits for what comes after so long; whether it was waited for. */
    answered(kind: string, after: number): boolean {
      let late = false
      const wait = patience.wait({ what: kind }, () => (late = true))
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
  for (const [kind, ms] of [
    ['a', full],
    ['b', full],
    ['c', 8_000],
  ] as const) {
    expect(slow.inVain(kind)).toBe(ms)
    expect(slow.answered('d', 2_000)).toBe(true)
  }
  // Three kinds were silent; all of them, and one that never came, are still given what this target needs.
  for (let i = 0; i < 10; i++)
    for (const kind of ['a', 'b', 'c', 'd', 'e']) expect(slow.answered(kind, 2_000)).toBe(true)
})

test('a silence that is learnt ends other waits for the same thing', () => {
  const { patience, pass } = virtual()
  const late: number[] = []
  const wait = () => patience.wait({ what: 'a' }, () => late.push(1))
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
  for (let i = 0; i < 4; i++) {
    expect(() => patience.ask({ what: 'a' })).not.toThrow()
    inVain('a')
    answered('b', 1)
  }
  expect(() => patience.ask({ what: 'a' })).toThrow(Blocked)
  expect(() => patience.ask({ what: 'b' })).not.toThrow()
})

test('a target that died is found dead, and found alive', () => {
  const { patience, inVain, answered } = virtual()
  answered('a', 10)
  expect([inVain('a'), inVain('b'), inVain('c'), inVain('d')]).toEqual([full, full, 1_000, 1_000])
  answered('e', 10)
  // As long as two full waits was waited in vain by now.
  expect(inVain('f')).toBe(1_000)
  for (let i = 0; i < 40; i++) inVain(`other ${i}`)
  expect(() => patience.ask({ what: 'new' })).toThrow(/answers nothing any more/)
  expect(answered('b anew', 10)).toBe(true)
  expect(() => patience.ask({ what: 'new' })).not.toThrow()
})

/** Something by its parts. */
const sought = (act: string, method: string, path: string, what = 'an answer to') => ({
  what,
  act,
  method,
  path,
})

test('what silent things have in common is silent wherever it is met next', () => {
  const { patience, pass } = virtual()
  const inVain = (...parts: [string, string, string]) => {
    let ms: number | undefined
    patience.wait(sought(...parts), (silence) => (ms = silence.ms))
    pass(full)
    return ms
  }
  const answered = (...parts: [string, string, string]) => {
    const wait = patience.wait(sought(...parts), () => expect.fail('it was given up'))
    pass(10)
    wait.came()
  }
  answered('voucher', 'POST', '/a')
  expect([inVain('close', 'POST', '/a'), inVain('close', 'POST', '/b')]).toEqual([full, full])
  answered('voucher', 'POST', '/b')
  // Nobody asked for it yet, and it is known.
  expect(inVain('close', 'POST', '/c')).toBe(1_000)
  expect(inVain('close', 'POST', '/c')).toBe(1_000)
  // By another method it is tried: nothing says yet that it is silent there.
  expect(() => patience.ask(sought('close', 'POST', '/d'))).toThrow(/^an answer to close never came/)
  expect(() => patience.ask(sought('close', 'HEAD', '/a'))).not.toThrow()
  expect(inVain('close', 'HEAD', '/a')).toBe(1_000)
  expect(() => patience.ask(sought('close', 'GET', '/e'))).toThrow(/^an answer to close never came/)
  expect(() => patience.ask(sought('voucher', 'POST', '/e'))).not.toThrow()
  expect(patience.said).toEqual(['silence: an answer to close never came; waited for in vain 5 times'])
})

test('nothing fails for a wait that was cut short: it blocks, with the silence that is known', () => {
  const { patience, pass } = virtual()
  const error = () => {
    let told: Error | undefined
    patience.wait(sought('close', 'POST', '/a'), (silence) => (told = silence.error('no answer')))
    pass(full)
    return told
  }
  expect(error()).toEqual(new TargetError('no answer within 10000 ms'))
  // What was waited for in full, perhaps before anything was judged, may fail once more.
  expect(error()).toEqual(new TargetError('no answer within 1000 ms, nor within 10000 ms before'))
  const cut = new CutShort('no answer within 1000 ms: an answer to close by POST /a never came')
  expect(error()).toEqual(cut)
  expect(error()).toBeInstanceOf(Blocked)
})

test('what a run waits for in vain is bounded; who answers slowly loses nothing by it', () => {
  const { patience, inVain, answered } = virtual()
  for (let i = 0; i < 200; i++) {
    // What sometimes comes and sometimes does not could be asked for again and again.
    answered('now and then', 2_000)
    inVain('now and then')
    expect(answered(`always ${i % 9}`, 2_000)).toBe(true)
  }
  expect(patience.vainMs).toBeLessThan(60_000)
  expect(() => patience.ask({ what: 'now and then' })).toThrow(/4\d s were waited for in vain/)
  expect(() => patience.ask({ what: 'always 1' })).not.toThrow()
  expect(patience.said.at(-1)).toMatch(/4\d s were waited for in vain/)
})

test('who answers quickly is waited for in vain for half a minute at most, and in full twice', () => {
  const { patience, inVain, answered } = virtual()
  const waits = []
  for (let i = 0; i < 200; i++) {
    for (const each of [`thing ${i % 7}`, 'now and then']) {
      answered('now and then', 100)
      waits.push(inVain(each))
    }
    answered('always', 100)
  }
  expect(waits.filter((ms) => ms === full)).toHaveLength(2)
  expect(patience.vainMs).toBeLessThan(30_000)
  expect(() => patience.ask({ what: 'now and then' })).toThrow(/2\d s were waited for in vain/)
  expect(() => patience.ask({ what: 'always' })).not.toThrow()
  expect(() => patience.ask({ what: 'new' })).not.toThrow()
})

test('what is silent beside others is waited for a part of the time at first', () => {
  const { patience, pass, answered } = virtual()
  for (const what of ['a', 'b', 'c']) patience.wait({ what }, () => undefined)
  pass(full)
  answered('d', 10)
  let ms: number | undefined
  patience.wait({ what: 'e' }, (silence) => (ms = silence.ms))
  pass(full)
  expect(ms).toBe(full / 4)
})

test('things that are waited for at the same time are waited for once', () => {
  const { patience, pass } = virtual()
  for (let i = 0; i < 12; i++) patience.wait({ what: `thing ${i}` }, () => undefined)
  pass(full)
  expect(patience.vainMs).toBe(full)
})
