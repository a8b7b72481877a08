/** HTTP authentication syntax (RFC 9110, section 11), which challenges and credentials are written in. */
import type { JsonObject } from '../../../src/codec/json.ts'
import type { FlagName } from '../flags.ts'
import { type Definition, type Draft, invalid, valid } from '../vector.ts'

type Scheme = readonly [scheme: string, params: JsonObject, token68?: string]

const schemes = (...list: Scheme[]): JsonObject => ({
  schemes: list.map(([scheme, params, token68]) => ({ scheme, ...(token68 && { token68 }), params })),
})

const good: readonly (readonly [
  comment: string,
  header: string,
  expected: JsonObject,
  ...flags: FlagName[],
])[] = [
  ['nothing', '', schemes()],
  ['a scheme alone', 'Negotiate', schemes(['Negotiate', {}])],
  ['a token68', 'Basic dXNlcjpwYXNz', schemes(['Basic', {}, 'dXNlcjpwYXNz'])],
  ['a padded token68', 'Basic YWI6Y2Q=', schemes(['Basic', {}, 'YWI6Y2Q='])],
  ['a token68 with all its marks', 'X a-._~+/b==', schemes(['X', {}, 'a-._~+/b=='])],
  ['a token value', 'Bearer realm=x', schemes(['Bearer', { realm: 'x' }])],
  ['a quoted value', 'Bearer realm="a b"', schemes(['Bearer', { realm: 'a b' }])],
  ['an empty quoted value', 'X a=""', schemes(['X', { a: '' }]), 'EmptyValue'],
  ['several parameters', 'X a=1, b="2",c=3', schemes(['X', { a: '1', b: '2', c: '3' }])],
  [
    'white space around the equals sign',
    'X a = 1 , b\t=\t"2"',
    schemes(['X', { a: '1', b: '2' }]),
    'Quoting',
  ],
  ['several spaces after the scheme', 'X    a=1', schemes(['X', { a: '1' }])],
  ['names in other case', 'X REALM=1', schemes(['X', { realm: '1' }]), 'LetterCase'],
  ['an escaped quote', 'X a="\\""', schemes(['X', { a: '"' }]), 'Quoting'],
  ['an escaped backslash before the end', 'X a="\\\\", b=1', schemes(['X', { a: '\\', b: '1' }]), 'Quoting'],
  ['an escape that was not needed', 'X a="\\b"', schemes(['X', { a: 'b' }]), 'Quoting'],
  ['a comma in quotes', 'X a="1, b=2"', schemes(['X', { a: '1, b=2' }]), 'Quoting'],
  [
    'a scheme in quotes',
    'X a="1, Payment id=\\"2\\""',
    schemes(['X', { a: '1, Payment id="2"' }]),
    'Quoting',
  ],
  ['Latin-1 in quotes', 'X a="é"', schemes(['X', { a: 'é' }]), 'Unicode'],
  ['a tab in quotes', 'X a="1\t2"', schemes(['X', { a: '1\t2' }])],
  [
    'two schemes with parameters',
    'X a=1, Y b=2',
    schemes(['X', { a: '1' }], ['Y', { b: '2' }]),
    'SeveralChallenges',
  ],
  [
    'the same scheme twice',
    'X a=1, X a=2',
    schemes(['X', { a: '1' }], ['X', { a: '2' }]),
    'SeveralChallenges',
  ],
  [
    'a scheme alone, then one with parameters',
    'Negotiate, X a=1',
    schemes(['Negotiate', {}], ['X', { a: '1' }]),
    'SeveralChallenges',
  ],
  [
    'a token68, then parameters',
    'Basic YQ==, X a=1',
    schemes(['Basic', {}, 'YQ=='], ['X', { a: '1' }]),
    'SeveralChallenges',
  ],
  [
    'parameters, then a scheme alone',
    'X a=1, Negotiate',
    schemes(['X', { a: '1' }], ['Negotiate', {}]),
    'SeveralChallenges',
  ],
  ['empty list elements', ',, X a=1,, b=2 ,,', schemes(['X', { a: '1', b: '2' }]), 'SeveralChallenges'],
  ['an empty element before the parameters', 'X , a=1', schemes(['X', { a: '1' }])],
  ['several of them', 'X ,, \t, a=1, b=2', schemes(['X', { a: '1', b: '2' }])],
  ['an empty element, then a quoted value', 'X , a="1"', schemes(['X', { a: '1' }]), 'Quoting'],
  [
    'an empty element, then a scheme',
    'X , Y a=1',
    schemes(['X', {}], ['Y', { a: '1' }]),
    'SeveralChallenges',
  ],
  ['an empty element after a scheme alone', 'X ,', schemes(['X', {}])],
  ['every mark of a token', "X !#$%&'*+-.^_`|~=1", schemes(['X', { "!#$%&'*+-.^_`|~": '1' }])],
]

const controls: Draft[] = [0, 1, 7, 8, 10, 11, 12, 13, 27, 31, 127].map((code) =>
  invalid(
    `U+${code.toString(16).padStart(4, '0')} in quotes`,
    { header: `X a="1${String.fromCharCode(code)}2"` },
    'control-character',
    'HeaderInjection',
  ),
)

const bad: readonly (readonly [comment: string, header: string, reason: string, flag: FlagName])[] = [
  ['an open quote', 'X a="1', 'unterminated-quote', 'Quoting'],
  ['an open quote before another scheme', 'X a="1, Payment b=2', 'unterminated-quote', 'Quoting'],
  ['a quote that only an escape ends', 'X a="1\\"', 'unterminated-quote', 'Quoting'],
  ['a backslash at the end', 'X a="1\\', 'unterminated-quote', 'Quoting'],
  ['text after a quote', 'X a="1"2', 'bad-syntax', 'Quoting'],
  ['two values', 'X a=1 2', 'bad-syntax', 'Malformed'],
  ['parameters without a comma', 'X a=1 b=2', 'bad-syntax', 'Malformed'],
  ['quoted parameters without a comma', 'X a="1" b="2"', 'bad-syntax', 'Quoting'],
  ['a semicolon for a comma', 'X a=1; b=2', 'bad-syntax', 'Malformed'],
  ['a parameter without a value', 'X a=1, b=', 'bad-syntax', 'EmptyValue'],
  ['a quoted name', 'X "a"=1', 'bad-syntax', 'Quoting'],
  ['a comma right after the scheme', 'X, a=1', 'bad-syntax', 'Malformed'],
  ['an equals sign first', '=1', 'bad-syntax', 'Malformed'],
  ['a quote first', '"X" a=1', 'bad-syntax', 'Quoting'],
  ['single quotes around a space', "X a='1 2'", 'bad-syntax', 'Quoting'],
  ['a bracket in a token', 'X a=(1)', 'bad-syntax', 'Malformed'],
  ['a slash in a token value', 'X a=b/c, d=1', 'bad-syntax', 'Malformed'],
  ['a character past Latin-1 in quotes', 'X a="€"', 'control-character', 'Unicode'],
  ['an escaped line feed', 'X a="\\\n"', 'control-character', 'HeaderInjection'],
  ['an escaped NUL', 'X a="\\\u0000"', 'control-character', 'HeaderInjection'],
  ['a line feed between parameters', 'X a=1,\n b=2', 'bad-syntax', 'HeaderInjection'],
  ['a carriage return after the scheme', 'X\r a=1', 'bad-syntax', 'HeaderInjection'],
  ['a name twice', 'X a=1, a=2', 'duplicate-parameter', 'DuplicateKey'],
  ['a name twice with the same value', 'X a=1, a=1', 'duplicate-parameter', 'DuplicateKey'],
  ['a name twice in other case', 'X a=1, A=2', 'duplicate-parameter', 'DuplicateKey'],
  ['a name twice, apart', 'X a=1, b=2, a=3', 'duplicate-parameter', 'DuplicateKey'],
  ['a name twice in the second scheme', 'Y a=1, X b=1, b=2', 'duplicate-parameter', 'DuplicateKey'],
  ['one character too many', `X a="${'b'.repeat(65_531)}"`, 'too-large', 'Limit'],
]

export const authParams: Definition = {
  file: 'auth-params',
  title: 'Authentication schemes and their parameters (RFC 9110)',
  groups: [
    {
      op: 'auth.decode',
      comment: 'a field value to its schemes',
      requirements: ['CORE-CHAL-001'],
      naming: {
        'CORE-CHAL-028': /two schemes|same scheme twice|, then |scheme in quotes/,
        'CORE-CHAL-029': /other case/,
        'CORE-CHAL-030': /name twice/,
        'CORE-CHAL-031': /escape|backslash|in quotes/,
      },
      tests: [
        ...good.map(([comment, header, expected, ...own]) => valid(comment, { header }, expected, ...own)),
        valid('as long as can be', { header: `X a="${'b'.repeat(65_530)}"` }, undefined, 'Limit'),
        ...controls,
        ...bad.map(([comment, header, reason, flag]) => invalid(comment, { header }, reason, flag)),
      ],
    },
    {
      op: 'auth.encode',
      comment: 'a scheme and its parameters, every value quoted',
      requirements: ['CORE-CHAL-031'],
      compare: 'semantic',
      tests: [
        valid('plain', { scheme: 'X', params: { a: '1' } }, { header: 'X a="1"' }),
        valid(
          'quotes and backslashes',
          { scheme: 'X', params: { a: '"\\' } },
          { header: 'X a="\\"\\\\"' },
          'Quoting',
        ),
        valid('two', { scheme: 'X', params: { a: '', b: 'c d' } }, { header: 'X a="", b="c d"' }),
        ...['\r\nSet-Cookie: a=1', '\n', '\r', '\u0000', '\u007f', '€', '\ud83d\ude00'].map((a) =>
          invalid(
            `a value with ${JSON.stringify(a)}`,
            { scheme: 'X', params: { a } },
            'unencodable',
            'HeaderInjection',
          ),
        ),
        ...['', 'a b', 'a=', 'a"', 'é'].map((name) =>
          invalid(
            `a parameter named ${JSON.stringify(name)}`,
            { scheme: 'X', params: { [name]: '1' } },
            'unencodable',
            'HeaderInjection',
          ),
        ),
      ],
    },
  ],
}
