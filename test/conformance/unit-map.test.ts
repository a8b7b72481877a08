/** What honest streams show is learnt, and what a faulty server does is not learnt as if it were the rule. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mapOf, needsWalk, type Observed, type Pause } from '../../conformance/peers/mpp/payer/units/fit.ts'
import { stated, statement } from '../../conformance/peers/mpp/payer/units/stated.ts'
import { describe, place, stepsIn } from '../../conformance/peers/mpp/payer/units/unit-map.ts'

const amount = 1000n

/** A server: what it sends before, with and after its steps, and how far ahead of the charge. */
interface Server {
  free: number
  /** Events of each step, free ones between included. */
  steps: readonly number[]
  after: number
  /** Units charged at once. */
  step: number
  early: number
  /** Whether its receipts count units. */
  counts: boolean
}

/** Message events that are out when `paid` steps are paid for. */
function out({ free, steps, after, early }: Server, paid: number): number {
  const begun = steps.slice(0, paid + early).reduce((total, events) => total + events, free)
  return paid >= steps.length ? begun + after : begun
}

/** What the kit sees of it. */
function observed(server: Server): Observed {
  const { steps, step, counts } = server
  const at = (paid: number): Pause => ({ messages: out(server, paid), spent: amount * BigInt(step * paid) })
  const whole = { ...at(steps.length), ...(counts ? { units: step * steps.length } : {}) }
  const seen = { amount, least: amount, pauses: [0, 1, 2, 3, 4].map(at), wholes: [whole, whole] }
  return needsWalk(seen) ? { ...seen, walk: Array.from({ length: steps.length + 1 }, (_, i) => at(i)) } : seen
}

const even = fc.record({
  free: fc.nat(3),
  steps: fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 6, max: 40 }))
    .map(([events, length]) => Array.from({ length }, () => events)),
  step: fc.integer({ min: 1, max: 4 }),
  counts: fc.boolean(),
})

const uneven = fc.record({
  free: fc.nat(3),
  steps: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 6, maxLength: 40 }),
  step: fc.constant(1),
  counts: fc.boolean(),
})

test('whatever lawful servers send beside their units, what is paid for is what is counted', () => {
  fc.assert(
    fc.property(fc.oneof(even, uneven), fc.nat(3), (chosen, after) => {
      const server = { ...chosen, after, early: 0 }
      const seen = observed(server)
      // Uneven steps that begin evenly and add up to the even sum are not told from even ones without a walk.
      const [events] = server.steps
      fc.pre(seen.walk !== undefined || server.steps.every((each) => each === events))
      const map = mapOf(seen)
      const total = server.steps.length
      for (let paid = 0; paid <= total; paid++) {
        const steps = stepsIn(map, { messages: out(server, paid), ended: paid === total })
        expect(steps).toBe(paid)
      }
      expect(map.step).toBe(server.step)
      expect(map.varies).toBe(false)
    }),
  )
})

test('units that come before they are charged are counted, with free events before them or without', () => {
  fc.assert(
    fc.property(even, fc.constantFrom(1, 3), (chosen, early) => {
      const server = { ...chosen, after: 0, early }
      const map = mapOf(observed(server))
      for (let paid = 1; paid + early <= server.steps.length; paid++)
        expect(stepsIn(map, { messages: out(server, paid), ended: false })).toBe(paid + early)
    }),
  )
})

test('free events between units do not hide units that come early', () => {
  fc.assert(
    fc.property(uneven, fc.constantFrom(1, 3), (chosen, early) => {
      const server = { ...chosen, free: 0, after: 0, early }
      const seen = observed(server)
      fc.pre(seen.walk !== undefined)
      const map = mapOf(seen)
      const paid = server.steps.length - early
      expect(stepsIn(map, { messages: out(server, paid), ended: false })).toBeGreaterThan(paid)
    }),
  )
})

test('a server whose receipts count units that it does not charge is judged by its count', () => {
  const pauses = [1, 2, 3].map((paid) => ({ messages: 2 * paid, spent: amount * BigInt(paid) }))
  const wholes = [{ messages: 40, spent: 20n * amount, units: 40 }]
  const map = mapOf({ amount, least: amount, pauses, wholes })
  expect(stepsIn(map, { messages: 6, ended: false })).toBe(6)
})

test('receipts that count the units of the channel tell nothing of a stream', () => {
  const pauses = [0, 1, 2].map((paid) => ({ messages: paid + 1, spent: amount * BigInt(paid) }))
  const whole = { messages: 43, spent: 42n * amount }
  for (const wholes of [
    [
      { ...whole, units: 43, total: 43n * amount },
      { ...whole, units: 85, total: 85n * amount },
    ],
    [{ ...whole, units: 43, total: 43n * amount }],
  ])
    expect(describe(mapOf({ amount, least: amount, pauses, wholes }))).toBe(
      '1 free event before the first unit; 1 event a unit',
    )
})

test('a unit that is counted and not charged is told from one of another stream', () => {
  const pauses = [0, 1, 2].map((paid) => ({ messages: paid, spent: amount * BigInt(paid) }))
  const wholes = [
    { messages: 58, spent: 57n * amount, units: 58, total: 58n * amount },
    { messages: 58, spent: 58n * amount, units: 58, total: 116n * amount },
  ]
  const map = mapOf({ amount, least: amount, pauses, wholes })
  expect(stepsIn(map, { messages: 58, ended: true })).toBe(58)
})

test('three units that are charged one by one before each event are one step', () => {
  const walk = Array.from({ length: 31 }, (_, i) => ({
    messages: Math.floor(i / 3),
    spent: amount * BigInt(i),
  }))
  const wholes = [{ messages: 10, spent: 30n * amount }]
  const map = mapOf({ amount, least: amount, pauses: walk.slice(1, 5), wholes, walk })
  expect(describe(map)).toBe('1 event for 3 units')
})

test('a unit that is charged and does not come is missed', () => {
  const walk = Array.from({ length: 21 }, (_, i) => ({
    messages: i < 7 ? i : i - 1,
    spent: amount * BigInt(i),
  }))
  const wholes = [{ messages: 19, spent: 20n * amount }]
  const map = mapOf({ amount, least: amount, pauses: walk.slice(1, 5), wholes, walk })
  expect(stepsIn(map, { messages: 9, ended: false })).toBe(9)
  expect(stepsIn(map, { messages: 19, ended: true })).toBe(19)
})

test('streams that differ are said to differ; what they sent is assumed to be paid for, and no more than it was', () => {
  const pauses = [1, 2, 3].map((paid) => ({ messages: paid, spent: amount * BigInt(paid) }))
  const wholes = [20, 22].map((messages) => ({ messages, spent: 20n * amount }))
  const map = mapOf({ amount, least: amount, pauses, wholes })
  expect(describe(map)).toMatch(/differ from run to run/)
  expect(stepsIn(map, { messages: 5, ended: false, paid: 3 })).toBe(3)
  expect(stepsIn(map, { messages: 2, ended: false, paid: 3 })).toBe(2)
  expect(stepsIn(map, { messages: 9, ended: true, paid: 30, said: 7 })).toBe(7)
})

test('events are placed where they were begun', () => {
  fc.assert(
    fc.property(fc.nat(4), fc.integer({ min: 1, max: 4 }), fc.nat(60), (free, events, steps) => {
      const map = stated(`free=${free},events=${events}`)
      expect(stepsIn(map, { messages: place(map, steps), ended: false })).toBe(steps)
      expect(stepsIn(map, { messages: place(map, steps) + 1, ended: false })).toBe(steps + 1)
    }),
  )
})

test('a statement is read as it is written', () => {
  for (const text of [
    'free=1,events=1,units=1',
    'free=0,events=2,units=3',
    'free=0,events=1,units=1,data=^[^{],x=1',
  ])
    expect(statement(stated(text))).toBe(text)
  expect(stated('data=a=b').matching?.source).toBe('a=b')
})

test.each([
  '',
  'free',
  'free=',
  'free=-1',
  'events=0',
  'units=0',
  'free=1,free=2',
  'other=1',
  'free=1;events=2',
  'free=99999',
  'data=(',
  'toString=1',
])('%j states nothing', (text) => {
  expect(() => stated(text)).toThrow(TypeError)
})
