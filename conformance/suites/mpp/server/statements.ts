/** What a user may state of an mpp server because it cannot be learnt. */
import * as Uint from '../../../../src/codec/uint.ts'
import type { Statement } from '../../../kit/suite.ts'
import { stated, statement } from '../../../peers/mpp/payer/units/stated.ts'
import type { UnitMap } from '../../../peers/mpp/payer/units/unit-map.ts'

/** The values, as the suite looks them up. */
export interface Stated {
  accept: string
  deposit: bigint
  unit: UnitMap
  kills: number
  chargeAhead: number
  watches: boolean
}

export const statements: { [Name in keyof Stated]: Statement & { show(value: Stated[Name]): string } } = {
  accept: {
    flag: '--accept <type>',
    what: 'what requests accept (default text/event-stream)',
    parse: (text) => text,
    show: (text) => text,
  },
  deposit: {
    flag: '--deposit <tokens>',
    what: 'least deposit the server takes, where its challenges do not say',
    parse: tokens,
    show: (amount) => Uint.toDecimal(amount),
  },
  unit: {
    flag: '--unit <statement>',
    what: 'what a unit is where streams are too irregular to learn it: free=1,events=2,units=1 or data=PATTERN',
    parse: stated,
    show: statement,
  },
  kills: {
    flag: '--kills <n>',
    what: 'how often the server is killed and started again',
    parse: (text) => count(text),
    show: String,
  },
  chargeAhead: {
    flag: '--charge-ahead <units>',
    what: 'units of a stream that a crash may charge and not deliver, as the server says of itself (default 1)',
    parse: (text) => count(text),
    show: String,
  },
  /** It looks for close requests every WATCH_INTERVAL_MS milliseconds. */
  watches: {
    what: 'whether instances look for close requests every WATCH_INTERVAL_MS milliseconds, as they are told',
    parse: (text) => text === 'true',
    show: String,
  },
}

function tokens(text: string): bigint {
  try {
    return Uint.fromDecimal(text)
  } catch (error) {
    throw new TypeError(`expected an amount like 0.001, got ${JSON.stringify(text)}`, { cause: error })
  }
}

function count(text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > 10_000)
    throw new TypeError(`expected a whole number from 1 to 10000, got ${JSON.stringify(text)}`)
  return count
}
