/** The books of a channel, as sequences of events. */
import type { JsonObject } from '../../../src/codec/json.ts'
import type { FlagName } from '../flags.ts'
import { type Definition, invalid, valid } from '../vector.ts'

type Sequence = readonly [
  comment: string,
  steps: JsonObject[],
  start?: Partial<Record<'deposit' | 'accepted' | 'settled', string>>,
  ...flags: FlagName[],
]

const start = { deposit: '10000', accepted: '0', settled: '0' }
const input = (steps: JsonObject[], change: object = {}): JsonObject => ({ ...start, ...change, steps })
const observe = (deposit: string, settled = '0', closeRequestedAt = 0): JsonObject => ({
  observe: { deposit, settled, closeRequestedAt },
})

const sequences: Sequence[] = [
  ['nothing happens', []],
  [
    'a voucher, then charges until it is used up',
    [{ voucher: '2000' }, { charge: '1000' }, { charge: '1000' }, { charge: '1' }],
  ],
  [
    'the same voucher twice buys nothing more',
    [{ voucher: '1000' }, { charge: '1000' }, { voucher: '1000' }, { charge: '1000' }],
  ],
  ['a lower voucher', [{ voucher: '2000' }, { voucher: '1999' }]],
  ['a voucher at the deposit', [{ voucher: '10000' }]],
  ['a voucher one past the deposit', [{ voucher: '10001' }]],
  [
    'a raise below the least',
    [{ voucher: '1000' }, { voucher: '1099', minDelta: '100' }, { voucher: '1100', minDelta: '100' }],
  ],
  ['an equal voucher is no raise', [{ voucher: '1000' }, { voucher: '1000', minDelta: '100' }]],
  ['a charge without a voucher', [{ charge: '1' }]],
  ['a charge of nothing', [{ charge: '0', units: 0 }]],
  ['a top-up alone pays for nothing', [observe('50000'), { charge: '1' }]],
  ['a top-up raises the ceiling', [{ voucher: '20000' }, observe('50000'), { voucher: '20000' }]],
  ['several units at once', [{ voucher: '5000' }, { charge: '3000', units: 3 }]],
  [
    'what was settled counts as spent when the server comes back',
    [{ charge: '1000' }, { charge: '1000' }],
    { accepted: '3000', settled: '2000' },
  ],
  [
    'nothing left after a restart at the settled amount',
    [{ charge: '1' }],
    { accepted: '2000', settled: '2000' },
  ],
  [
    'a close captures what was spent, not the voucher',
    [{ voucher: '5000' }, { charge: '3000' }, { close: '5000' }],
  ],
  ['a close at exactly what was spent', [{ voucher: '5000' }, { charge: '3000' }, { close: '3000' }]],
  ['a close voucher below what was spent', [{ voucher: '5000' }, { charge: '3000' }, { close: '2999' }]],
  ['a close of nothing', [{ close: '0' }]],
  [
    'a close captures what was settled when that is more',
    [{ voucher: '5000' }, { charge: '1000' }, observe('10000', '4000'), { close: '4000' }],
  ],
  [
    'a close voucher below what was settled',
    [{ voucher: '5000' }, observe('10000', '4000'), { close: '3999' }],
  ],
  [
    'nothing after a close',
    [{ voucher: '5000' }, { close: '5000' }, { charge: '1' }, { voucher: '6000' }, { close: '5000' }],
  ],
  [
    'no voucher and no charge while a close is pending, but a close',
    [
      { voucher: '5000' },
      observe('10000', '0', 1_767_701_100),
      { voucher: '6000' },
      { charge: '1' },
      { close: '5000' },
    ],
    {},
    'PendingClose',
  ],
  [
    'a close request that was cancelled',
    [
      { voucher: '5000' },
      observe('10000', '0', 1_767_701_100),
      { charge: '1' },
      observe('20000'),
      { charge: '1' },
    ],
    {},
    'PendingClose',
  ],
  [
    'a channel gone from the chain',
    [{ voucher: '5000' }, observe('0'), { charge: '1' }, { voucher: '6000' }, { close: '5000' }],
    {},
    'PendingClose',
  ],
  [
    'a channel that is gone stays closed',
    [observe('0'), observe('10000'), { voucher: '1' }],
    {},
    'PendingClose',
  ],
  [
    'amounts past 2^53 are exact',
    [{ voucher: '9007199254740993' }, { charge: '9007199254740992' }, { charge: '2' }, { charge: '1' }],
    { deposit: '9007199254740995' },
    'AmountOverflow',
  ],
  [
    'amounts past 2^64',
    [{ voucher: '18446744073709551617' }, { charge: '18446744073709551616' }],
    { deposit: '18446744073709551617' },
    'AmountOverflow',
  ],
]

/** The last step is refused; `stop` makes that the answer. */
const refused: readonly (readonly [string, JsonObject[], string, FlagName, object?])[] = [
  ['a charge with nothing accepted', [{ charge: '1000' }], 'session/insufficient-balance', 'Accounting'],
  [
    'a second charge on one voucher',
    [{ voucher: '1000' }, { charge: '1000' }, { charge: '1000' }],
    'session/insufficient-balance',
    'Accounting',
  ],
  [
    'a charge after an equal voucher',
    [{ voucher: '1000' }, { charge: '1000' }, { voucher: '1000' }, { charge: '1' }],
    'session/insufficient-balance',
    'Accounting',
  ],
  [
    'a charge after a top-up alone',
    [observe('50000'), { charge: '1000' }],
    'session/insufficient-balance',
    'Accounting',
  ],
  [
    'a charge of what was settled before',
    [{ charge: '2001' }],
    'session/insufficient-balance',
    'Accounting',
    { accepted: '4000', settled: '2000' },
  ],
  ['a lower voucher', [{ voucher: '1000' }, { voucher: '999' }], 'session/delta-too-small', 'Accounting'],
  [
    'a voucher of zero after one',
    [{ voucher: '1000' }, { voucher: '0' }],
    'session/delta-too-small',
    'Accounting',
  ],
  [
    'too small a raise',
    [{ voucher: '1000' }, { voucher: '1001', minDelta: '2' }],
    'session/delta-too-small',
    'Accounting',
  ],
  ['over the deposit', [{ voucher: '10001' }], 'session/amount-exceeds-deposit', 'Accounting'],
  [
    'over the deposit by 2^96',
    [{ voucher: `${2n ** 96n}` }],
    'session/amount-exceeds-deposit',
    'AmountOverflow',
  ],
  [
    'a voucher while a close is pending',
    [observe('10000', '0', 1), { voucher: '1000' }],
    'verification-failed',
    'PendingClose',
  ],
  [
    'an equal voucher while a close is pending',
    [{ voucher: '1000' }, observe('10000', '0', 1), { voucher: '1000' }],
    'verification-failed',
    'PendingClose',
  ],
  [
    'a charge while a close is pending',
    [{ voucher: '1000' }, observe('10000', '0', 1), { charge: '1' }],
    'verification-failed',
    'PendingClose',
  ],
  [
    'a voucher after the close',
    [{ voucher: '1000' }, { close: '1000' }, { voucher: '2000' }],
    'session/channel-finalized',
    'PendingClose',
  ],
  [
    'a charge after the close',
    [{ voucher: '1000' }, { close: '1000' }, { charge: '1' }],
    'session/channel-finalized',
    'PendingClose',
  ],
  [
    'a second close',
    [{ voucher: '1000' }, { close: '1000' }, { close: '1000' }],
    'session/channel-finalized',
    'PendingClose',
  ],
  [
    'a voucher on a channel that is gone',
    [observe('0'), { voucher: '1' }],
    'session/channel-finalized',
    'PendingClose',
  ],
  [
    'a close below what was spent',
    [{ voucher: '1000' }, { charge: '1000' }, { close: '999' }],
    'verification-failed',
    'Accounting',
  ],
  [
    'a close below what was settled',
    [{ close: '1999' }],
    'verification-failed',
    'Accounting',
    { accepted: '4000', settled: '2000' },
  ],
  ['a negative voucher', [{ voucher: '-1' }], 'bad-syntax', 'Amount'],
  ['a voucher as a number', [{ voucher: 1000 }], 'wrong-type', 'Amount'],
  ['a charge of 2^128', [{ charge: `${2n ** 128n}` }], 'out-of-range', 'AmountOverflow'],
]

export const accounting: Definition = {
  file: 'accounting',
  title: 'Accounting of a channel',
  groups: [
    {
      op: 'accounting.run',
      comment:
        'steps: {voucher, minDelta}, {charge, units}, {observe: what the chain says}, {close}; a refused step changes nothing. With stop, the first refusal is the answer',
      requirements: [],
      tests: [
        ...sequences.map(([comment, steps, change, ...own]) =>
          valid(comment, input(steps, change), undefined, 'Accounting', ...own),
        ),
        ...refused.map(([comment, steps, reason, flag, change]) =>
          invalid(comment, { ...input(steps, change), stop: true }, reason, flag),
        ),
      ],
    },
  ],
}
