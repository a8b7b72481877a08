/**
 * What a silent server costs a run. By default some silences, by a clock that runs ahead; `SILENCES=all` tries all of them
 * in every scenario, and `SILENCES=real` by the time that passes, as `test server` waits.
 */
import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { type Clock, Patience } from '../../conformance/harness/patience.ts'
import { runSuite } from '../../conformance/kit/run-suite.ts'
import { powers, resources } from '../../conformance/peers/mpp/offers.ts'
import type { Wrap } from '../../conformance/peers/mpp/payee/wire.ts'
import { learnCustoms } from '../../conformance/peers/mpp/payer/customs.ts'
import { fault } from '../../conformance/suites/mpp/server/fault.ts'
import { serverScenarios } from '../../conformance/suites/mpp/server/scenarios.ts'
import { standIn } from '../../conformance/suites/mpp/server/stand-in.ts'
import { subjectOf } from '../../conformance/suites/mpp/server/subject.ts'
import { silences } from '../support/silences.ts'

const mode = process.env['SILENCES']
const few = ['voucher POSTs', 'refusals of credentials', 'first events', 'anything after thirty requests']
const whole = mode === 'all' || mode === 'real'
const names = whole ? Object.keys(silences) : few
const only = whole ? {} : { only: 'voucher,stream' }

/** Who need not have it is judged without: that it never came is told. */
const optional = ['the document']

/** Longest wait for one thing, in milliseconds: that of `test server`. */
const full = 10_000
/**
 * Most that is waited for in vain, in milliseconds. By the clock that runs ahead every answer seems to take fifty times as
 * long, and a target that seems slow is waited for longer.
 */
const mostVain = mode === 'real' ? 30_000 : 60_000
/** Most that a run takes by the time that passes, in seconds. */
const mostSeconds = 60

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

const tenths = (ms: number) => Math.round(ms / 100) / 10

test.each(names)('a server that keeps back %s costs less than a minute', async (name) => {
  const start = performance.now()
  const silent = fault({ name, breaks: 'SESS-SSE-001', caughtBy: [], http: silences[name] as Wrap })
  // By the clock that runs ahead, the look at the server has its own time.
  const found = await standIn({ fault: silent, timeoutMs: mode === 'real' ? full : 500 })
  try {
    const patience = mode === 'real' ? found.options.patience : new Patience(full, ahead)
    const options = { ...found.options, patience }
    const subject = subjectOf({ ...options, ...(await learnCustoms(options, 'silent')) }, 'silent')
    await subject.learned()
    const suite = { scenarios: serverScenarios, offers: { resources, powers } }
    const results = await runSuite(suite, subject, only)
    const inFull = patience.silences.flatMap((each) => (each.full ? each.kind : []))
    expect(inFull.length).toBeGreaterThan(0)
    // A kind is waited for in full once. By the time of the run, which is its idle time: CPU time comes on top.
    expect(inFull).toHaveLength(new Set(inFull).size)
    expect(patience.vainMs).toBeLessThan(mostVain)
    // It is told, and what could not be judged for it says so.
    expect(patience.said.join()).toMatch(/^silence: /)
    const verdicts = results.flatMap(({ checks }) => checks.map(({ verdict }) => verdict))
    const count = (which: string) => verdicts.filter((verdict) => verdict === which).length
    if (!optional.includes(name)) expect(count('fail') + count('blocked')).toBeGreaterThan(0)
    const seconds = tenths(performance.now() - start)
    if (whole)
      console.log(
        `${name}: ${seconds} s, ${tenths(patience.vainMs)} s in vain, ${patience.silences.length} times;`,
        `${count('pass')} passed, ${count('fail')} failed, ${count('blocked')} blocked`,
      )
    if (mode === 'real') expect(seconds).toBeLessThan(mostSeconds)
  } finally {
    await found.end()
  }
})
