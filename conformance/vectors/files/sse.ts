/** Server-Sent Events: framing in every legal form, and content that must not become an event. */
import * as Hex from '../../../src/codec/hex.ts'
import type { JsonObject } from '../../../src/codec/json.ts'
import type { FlagName } from '../flags.ts'
import { type Definition, type Draft, invalid, valid } from '../vector.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const chunks = (...texts: string[]): JsonObject => ({ chunks: texts.map((text) => Hex.encode(bytes(text))) })
const event = (data: string, name = 'message', id?: string): JsonObject => ({
  event: name,
  data,
  ...(id === undefined ? {} : { id }),
})
const events = (...list: JsonObject[]): JsonObject => ({ events: list })

const framings: readonly (readonly [comment: string, text: string, expected: JsonObject, flag?: FlagName])[] =
  [
    ['LF', 'data: a\n\ndata: b\n\n', events(event('a'), event('b'))],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', events(event('a'), event('b'))],
    ['CR', 'data: a\r\rdata: b\r\r', events(event('a'), event('b'))],
    ['mixed line ends', 'data: a\r\n\ndata: b\n\r\ndata: c\r\r', events(event('a'), event('b'), event('c'))],
    ['no space after the colon', 'data:a\n\n', events(event('a'))],
    ['only one space goes', 'data:  a\n\n', events(event(' a'))],
    ['a tab is no space', 'data:\ta\n\n', events(event('\ta'))],
    ['several data lines', 'data: a\ndata: b\ndata\ndata: c\n\n', events(event('a\nb\n\nc'))],
    ['an event name', 'event: payment-receipt\ndata: {}\n\n', events(event('{}', 'payment-receipt'))],
    [
      'the name after the data',
      'data: {}\nevent: payment-receipt\n\n',
      events(event('{}', 'payment-receipt')),
    ],
    ['the last name counts', 'event: a\nevent: b\ndata: x\n\n', events(event('x', 'b'))],
    ['a name without data is no event', 'event: a\n\ndata: x\n\n', events(event('x'))],
    ['an id', 'id: 7\ndata: x\n\n', events(event('x', 'message', '7'))],
    ['comments', ': keep-alive\n\ndata: x\n:\n: more\n\n', events(event('x'))],
    ['an unknown field', 'foo: bar\ndata: x\n\n', events(event('x')), 'UnknownMember'],
    ['a field in other letter case is unknown', 'DATA: a\ndata: x\n\n', events(event('x')), 'LetterCase'],
    ['a space before the field name', ' data: a\ndata: x\n\n', events(event('x'))],
    ['a byte order mark at the start', '\ufeffdata: x\n\n', events(event('x')), 'Unicode'],
    [
      'characters that look like the bytes of a mark',
      '\u00ef\u00bb\u00bfdata: a\ndata: x\n\n',
      events(event('x')),
      'Unicode',
    ],
    ['a second byte order mark is text', '\ufeff\ufeffdata: a\ndata: x\n\n', events(event('x')), 'Unicode'],
    ['empty data', 'data\n\n', events(event('')), 'EmptyValue'],
    ['an event that is not finished', 'data: a\n\ndata: b\n', events(event('a'))],
    ['a line that is not finished', 'data: a\n\ndata: b', events(event('a'))],
    ['nothing', '', events(), 'EmptyValue'],
    [
      'U+2028 and U+0085 end no line',
      'data: a\u2028b\u0085c\n\n',
      events(event('a\u2028b\u0085c')),
      'Unicode',
    ],
    [
      'a vertical tab ends no line',
      'data: a\u000bevent: b\n\n',
      events(event('a\u000bevent: b')),
      'EventInjection',
    ],
    ['a colon in the data', 'data: {"a":1}\n\n', events(event('{"a":1}'))],
    ['several blank lines', '\n\ndata: a\n\n\n\ndata: b\n\n', events(event('a'), event('b'))],
    ['retry is no event', 'retry: 10\n\ndata: a\n\n', events(event('a'))],
  ]

/** The same stream cut in two at every byte. */
function splits(comment: string, text: string, expected: JsonObject, flag: FlagName): Draft[] {
  const all = bytes(text)
  return Array.from({ length: all.length - 1 }, (_, i) =>
    valid(
      `${comment}, cut after byte ${i + 1}`,
      { chunks: [all.slice(0, i + 1), all.slice(i + 1)].map(Hex.encode) },
      expected,
      flag,
    ),
  )
}

const every = (text: string): JsonObject => ({
  chunks: [...bytes(text)].map((byte) => Hex.encode(Uint8Array.of(byte))),
})

const forged = [
  '\n\nevent: payment-receipt\ndata: {}',
  '\r\revent: payment-need-voucher\rdata: {}',
  '\r\n\r\nevent: payment-receipt\r\ndata: {}',
  'a\nevent: b',
  'a\rid: 1',
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  'a\r\n',
  '\ndata: x',
  ': comment',
  'event: x',
]

export const sse: Definition = {
  file: 'sse',
  title: 'Server-Sent Events',
  groups: [
    {
      op: 'sse.decode',
      comment: 'bytes in chunks to the events they complete; an unfinished event is dropped',
      requirements: [],
      tests: [
        ...framings.map(([comment, text, expected, flag = 'Framing']) =>
          valid(comment, chunks(text), expected, flag),
        ),
        ...splits('characters of 2, 3 and 4 bytes', 'data: é€😀\n\n', events(event('é€😀')), 'Unicode'),
        ...splits('CRLF', 'event: a\r\ndata: x\r\n\r\n', events(event('x', 'a')), 'Framing'),
        ...framings
          .slice(0, 9)
          .map(([comment, text, expected]) =>
            valid(`${comment}, byte by byte`, every(text), expected, 'Framing'),
          ),
        valid(
          'empty chunks between',
          chunks('data: a', '', '\r', '', '\n\r\n', ''),
          events(event('a')),
          'Framing',
        ),
        valid(
          'bytes that are no UTF-8 become U+FFFD',
          { chunks: ['0x646174613a20ff0a0a'] },
          events(event('\ufffd')),
          'Unicode',
        ),
        invalid('a chunk that is no hex', { chunks: ['data: a'] }, 'bad-syntax', 'HexForm'),
        invalid('a chunk of half a byte', { chunks: ['0x6'] }, 'bad-length', 'HexForm'),
        invalid('no chunks', {}, 'wrong-type', 'MissingMember'),
      ],
    },
    {
      op: 'sse.encode',
      comment: 'one event to text; every line of the data becomes a data line, whatever ends it',
      requirements: [],
      tests: [
        valid('data', { data: 'a' }, { text: 'data: a\n\n' }),
        valid(
          'an event name',
          { event: 'payment-receipt', data: '{}' },
          { text: 'event: payment-receipt\ndata: {}\n\n' },
        ),
        valid('an id', { id: '7', data: 'a' }, { text: 'id: 7\ndata: a\n\n' }),
        valid('empty data', { data: '' }, { text: 'data: \n\n' }, 'EmptyValue'),
        valid('leading space survives', { data: ' a' }, { text: 'data:  a\n\n' }),
        ...forged.map((data) =>
          valid(
            `data ${JSON.stringify(data)}`,
            { data },
            {
              text: `${data
                .split(/\r\n|\r|\n/)
                .map((line) => `data: ${line}\n`)
                .join('')}\n`,
            },
            'EventInjection',
          ),
        ),
        ...['a\nb', 'a\rb', 'a\r\ndata: x', 'a\u0000', '\n'].flatMap((text) => [
          invalid(
            `an event named ${JSON.stringify(text)}`,
            { event: text, data: 'x' },
            'unencodable',
            'EventInjection',
          ),
          invalid(`an id ${JSON.stringify(text)}`, { id: text, data: 'x' }, 'unencodable', 'EventInjection'),
        ]),
      ],
    },
  ],
}
