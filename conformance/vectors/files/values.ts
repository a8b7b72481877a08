/** The small values inside wire objects: amounts, hex, timestamps. */
import { type Definition, type Draft, invalid, valid } from '../vector.ts'

const amounts: Draft[] = [
  valid('zero', { text: '0', bits: '96' }, { value: '0' }),
  valid('one', { text: '1', bits: '96' }, { value: '1' }),
  valid('leading zeros', { text: '007', bits: '96' }, { value: '7' }, 'Amount'),
  valid(
    '2^53 + 1',
    { text: '9007199254740993', bits: '96' },
    { value: '9007199254740993' },
    'AmountOverflow',
  ),
  valid(
    '2^64',
    { text: '18446744073709551616', bits: '96' },
    { value: '18446744073709551616' },
    'AmountOverflow',
  ),
  ...(['96', '128', '256'] as const).flatMap((bits) => {
    const limit = 2n ** BigInt(bits)
    return [
      valid(
        `the largest uint${bits}`,
        { text: `${limit - 1n}`, bits },
        { value: `${limit - 1n}` },
        'AmountOverflow',
      ),
      invalid(`2^${bits}`, { text: `${limit}`, bits }, 'out-of-range', 'AmountOverflow'),
      invalid(`2^${bits} + 1`, { text: `${limit + 1n}`, bits }, 'out-of-range', 'AmountOverflow'),
      invalid(`ten times 2^${bits}`, { text: `${limit}0`, bits }, 'out-of-range', 'AmountOverflow'),
    ]
  }),
  invalid('157 zeros', { text: '0'.repeat(157), bits: '256' }, 'out-of-range', 'Limit'),
  valid('156 zeros', { text: '0'.repeat(156), bits: '256' }, { value: '0' }, 'Limit'),
  ...[
    '',
    ' ',
    '-0',
    '-1',
    '+1',
    '1.0',
    '1.',
    '.1',
    '1e3',
    '1E3',
    '0x10',
    '0b1',
    '1_000',
    '1,000',
    ' 1',
    '1 ',
    '1\n',
    '\u00001',
    '١',
    '１',
    '½',
    'NaN',
    'Infinity',
    'null',
    '1n',
    '0x',
    'ten',
    '1\u200b',
  ].map((text) =>
    invalid(`not decimal digits: ${JSON.stringify(text)}`, { text, bits: '128' }, 'bad-syntax', 'Amount'),
  ),
]

const decimals: Draft[] = [
  valid('a thousandth', { text: '0.001', decimals: '6' }, { value: '1000' }),
  valid('the smallest unit', { text: '0.000001', decimals: '6' }, { value: '1' }),
  valid('whole tokens', { text: '12', decimals: '6' }, { value: '12000000' }),
  valid('no decimals', { text: '7', decimals: '0' }, { value: '7' }),
  valid('4.02, which floats get wrong', { text: '4.02', decimals: '6' }, { value: '4020000' }, 'Amount'),
  valid(
    '0.0000001 of 18 decimals',
    { text: '0.0000001', decimals: '18' },
    { value: '100000000000' },
    'Amount',
  ),
  invalid('finer than the token', { text: '0.0000001', decimals: '6' }, 'out-of-range', 'Amount'),
  invalid('a fraction of a token without any', { text: '0.5', decimals: '0' }, 'out-of-range', 'Amount'),
  ...['1e-7', '-1', '+1', '.5', '5.', '', '1,5', '0x1', ' 1', '1.2.3', '$1', '١.٥'].map((text) =>
    invalid(`not a decimal amount: ${JSON.stringify(text)}`, { text, decimals: '6' }, 'bad-syntax', 'Amount'),
  ),
]

const times: Draft[] = [
  ...(
    [
      ['2026-01-06T12:05:00Z', 1_767_701_100_000],
      ['2026-01-06t12:05:00z', 1_767_701_100_000],
      ['2026-01-06T12:05:00.5Z', 1_767_701_100_500],
      ['2026-01-06T12:05:00.123456789Z', 1_767_701_100_123],
      ['2026-01-06T12:05:00+02:30', 1_767_692_100_000],
      ['2026-01-06T12:05:00-08:00', 1_767_729_900_000],
      ['1970-01-01T00:00:00Z', 0],
      ['1969-12-31T23:59:59Z', -1000],
      ['2024-02-29T00:00:00-00:00', 1_709_164_800_000],
      ['2000-02-29T23:59:59Z', 951_868_799_000],
      ['2016-12-31T23:59:60Z', 1_483_228_799_000],
      ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
    ] as const
  ).map(([text, milliseconds]) => valid(text, { text }, { milliseconds }, 'Timestamp')),
  ...[
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-06T24:00:00Z',
    '2026-01-06T12:60:00Z',
    '2026-01-06T12:05:61Z',
    '2026-01-06T12:05:00+24:00',
    '2026-01-06T12:05:00+00:60',
  ].map((text) => invalid(`no such time: ${text}`, { text }, 'out-of-range', 'Timestamp')),
  ...[
    '',
    'tomorrow',
    '1767701100',
    '2026-01-06',
    '12:05:00Z',
    '2026-01-06T12:05Z',
    '2026-01-06T12:05:00',
    '2026-1-6T12:05:00Z',
    '26-01-06T12:05:00Z',
    '2026-01-06 12:05:00Z',
    '2026-01-06T12:05:00.Z',
    '2026-01-06T12:05:00,5Z',
    '2026-01-06T12:05:00+0200',
    '2026-01-06T12:05:00+02',
    '2026-01-06T12:05:00 Z',
    ' 2026-01-06T12:05:00Z',
    '2026-01-06T12:05:00Z\n',
    '+2026-01-06T12:05:00Z',
    '2026-W02-2T12:05:00Z',
    '2026006T120500Z',
    'Tue, 06 Jan 2026 12:05:00 GMT',
    '２０26-01-06T12:05:00Z',
    '2026-01-06T12:05:00UTC',
  ].map((text) => invalid(`no RFC 3339: ${JSON.stringify(text)}`, { text }, 'bad-syntax', 'Timestamp')),
]

const hexOf = (op: 'address' | 'bytes32', bytes: number): Draft[] => {
  const digits = '5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'.repeat(2).slice(0, bytes * 2)
  return [
    valid(
      'mixed case is lowered',
      { text: `0x${digits}` },
      { [op]: `0x${digits.toLowerCase()}` },
      'LetterCase',
    ),
    valid(
      'upper case is lowered',
      { text: `0x${digits.toUpperCase()}` },
      { [op]: `0x${digits.toLowerCase()}` },
      'LetterCase',
    ),
    valid('zero', { text: `0x${'00'.repeat(bytes)}` }, { [op]: `0x${'00'.repeat(bytes)}` }),
    invalid('upper-case X', { text: `0X${digits}` }, 'bad-syntax', 'HexForm'),
    invalid('no prefix', { text: digits }, 'bad-syntax', 'HexForm'),
    invalid('the prefix twice', { text: `0x0x${digits.slice(2)}` }, 'bad-character', 'HexForm'),
    invalid('a space before it', { text: ` 0x${digits}` }, 'bad-syntax', 'HexForm'),
    invalid('a line break after it', { text: `0x${digits}\n` }, 'bad-character', 'HexForm'),
    invalid('a digit short', { text: `0x${digits.slice(1)}` }, 'bad-length', 'HexForm'),
    invalid('a byte short', { text: `0x${digits.slice(2)}` }, 'bad-length', 'HexForm'),
    invalid('a byte long', { text: `0x${digits}00` }, 'bad-length', 'HexForm'),
    invalid('nothing after the prefix', { text: '0x' }, 'bad-length', 'EmptyValue'),
    invalid('nothing', { text: '' }, 'bad-syntax', 'EmptyValue'),
    invalid('a letter past f', { text: `0x${digits.slice(1)}g` }, 'bad-character', 'HexForm'),
    invalid('a full-width digit', { text: `0x${digits.slice(1)}１` }, 'bad-character', 'Unicode'),
    invalid(
      bytes === 20 ? '32 bytes' : '20 bytes',
      { text: `0x${'11'.repeat(52 - bytes)}` },
      'bad-length',
      'HexForm',
    ),
  ]
}

export const values: Definition = {
  file: 'values',
  title: 'Amounts, hexadecimal values and timestamps',
  groups: [
    {
      op: 'amount.decode',
      comment: 'decimal text to an unsigned integer of so many bits',
      requirements: ['SESS-ENC-004'],
      tests: amounts,
    },
    {
      op: 'amount.fromDecimal',
      comment: 'what a person writes to base units, without rounding',
      requirements: ['SESS-ENC-004'],
      tests: decimals,
    },
    {
      op: 'timestamp.decode',
      comment: 'RFC 3339, strict',
      requirements: ['SESS-ENC-006', 'CORE-RCPT-006'],
      tests: times,
    },
    {
      op: 'address.decode',
      comment: '20 bytes',
      requirements: ['SESS-ENC-002', 'SESS-ENC-003'],
      tests: hexOf('address', 20),
    },
    {
      op: 'bytes32.decode',
      comment: '32 bytes',
      requirements: ['SESS-ENC-002', 'SESS-ENC-003'],
      tests: hexOf('bytes32', 32),
    },
  ],
}
