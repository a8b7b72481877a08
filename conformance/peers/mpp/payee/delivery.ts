/**
 * How a streaming server sends the units of its streams: with free events beside them, several events for a unit, one
 * event for several. All of that is lawful, and every fault must be found behind it. What delivers before it charges
 * is not: see `early`.
 */
import type { Payments } from '../../../../src/mpp/server/payments.ts'
import type { PaidStream, StreamValue } from '../../../../src/mpp/server/stream.ts'
import { alterStream, type Wrap } from './wire.ts'

/** Turns the units of a stream into its events, charging for them. */
export type Deliver = (units: AsyncIterable<StreamValue>, stream: PaidStream) => AsyncIterable<StreamValue>

/** As the reference does: a charge, then the event. */
export const oneByOne: Deliver = async function* (units, stream) {
  for await (const unit of units) {
    await stream.charge()
    yield unit
  }
}

/** Sends each unit `ahead` units before it is paid for. */
export const early = (ahead: number): Deliver =>
  async function* (units, stream) {
    let owed = 0
    for await (const unit of units) {
      if (owed === ahead) await stream.charge()
      else owed++
      yield unit
    }
    for (; owed > 0; owed--) await stream.charge()
  }

/** Another lawful way to send the same units. */
export interface Variant {
  /** What the kit must say of it. */
  said: string
  deliver?(deliver: Deliver): Deliver
  http?: Wrap
}

const title = JSON.stringify({ title: 'The Road Not Taken', author: 'Robert Frost' })

/** Sends free events before, between and after those of a delivery. */
const beside =
  (extra: (at: number | 'start' | 'end') => readonly StreamValue[]): Required<Variant>['deliver'] =>
  (deliver) =>
    async function* (units, stream) {
      yield* extra('start')
      let at = 0
      for await (const event of deliver(units, stream)) {
        yield event
        yield* extra(++at)
      }
      yield* extra('end')
    }

const only =
  (where: 'start' | 'end', ...events: readonly StreamValue[]) =>
  (at: number | 'start' | 'end') =>
    at === where ? events : []

/** Runs that have begun: the free events of `irregular` differ from one to the next. */
let runs = 0

export const variants: Readonly<Record<string, Variant>> = {
  'free-title': {
    said: '1 free event before the first unit; 1 event a unit',
    deliver: beside(only('start', title)),
  },
  'free-preface': {
    said: '3 free events before the first unit; 1 event a unit',
    deliver: beside(only('start', title, 'first', 'second')),
  },
  pings: {
    said: '1 event a unit',
    deliver: beside((at) => (at === 'end' ? [] : [{ event: 'ping', data: String(at) }])),
    http: alterStream((frame) => `: still here\n\nretry: 3000\n\n${frame}`),
  },
  'two-events': {
    said: '2 events a unit',
    deliver: (deliver) =>
      async function* (units, stream) {
        for await (const event of deliver(units, stream)) {
          yield event
          yield event
        }
      },
  },
  'free-between': {
    said: 'free events between units',
    deliver: beside((at) => (typeof at === 'number' && at % 7 === 0 ? ['still here'] : [])),
  },
  'free-after': {
    said: '1 event a unit; 2 free events after the last',
    deliver: beside(only('end', 'the end', 'goodbye')),
  },
  'three-units': {
    said: '1 event for 3 units',
    deliver: (deliver) => (units, stream) =>
      deliver(units, { ...stream, charge: (count = 1) => stream.charge(3 * count) }),
  },
  irregular: {
    said: 'free events differ from run to run; state --unit to have early units judged',
    deliver: (deliver) => (units, stream) => {
      const count = runs++ % 3
      return beside(only('start', ...Array.from({ length: count }, () => title)))(deliver)(units, stream)
    },
  },
}

/** The payments of a server whose streams are delivered otherwise. */
export const delivering = (pay: Payments, deliver: Deliver): Payments => ({
  ...pay,
  stream: (offer, source) =>
    pay.metered(offer, (request, stream) => deliver(source(request, stream), stream)),
})
