/**
 * Authentication fields as other schemes write them (RFC 9110, sections 5.6 and 11): what suites of other projects ask of
 * a reader of challenges. A client that pays meets them beside its own.
 *
 * Where those suites ask for something else than these cases, they ask for more than the grammar, or for less:
 * - for Basic, a realm in quotes (RFC 7617), and that there is one. That is for who reads Basic; a parameter may be a
 *   token in any scheme, white space around its equals sign is read (RFC 9110, sections 11.2 and 5.6.3), and a scheme
 *   may stand alone;
 * - a folded line is no part of a field value any more (RFC 9112, section 5.2);
 * - readers that take a quote without an end, cut padding off, or keep what stands before a break of the grammar: what
 *   follows it might as well belong to the scheme before it, so the whole field is refused.
 */
import type { JsonObject } from '../../../src/codec/json.ts'
import type { FlagName } from '../flags.ts'
import { type Definition, invalid, valid } from '../vector.ts'

type Scheme = readonly [scheme: string, params?: JsonObject, token68?: string]

const read: readonly (readonly [
  what: string,
  header: string,
  schemes: readonly Scheme[],
  flag?: FlagName,
])[] = [
  ['a realm in quotes', 'Basic realm="foo"', [['Basic', { realm: 'foo' }]]],
  ['a scheme and a name in capitals', 'BASIC REALM="foo"', [['BASIC', { realm: 'foo' }]], 'LetterCase'],
  ['a realm as a token', 'Basic realm=foo', [['Basic', { realm: 'foo' }]]],
  [
    'single quotes, which are letters of a token',
    "Basic realm='foo'",
    [['Basic', { realm: "'foo'" }]],
    'Quoting',
  ],
  [
    'a percent sign, which escapes nothing',
    'Basic realm="foo%20bar"',
    [['Basic', { realm: 'foo%20bar' }]],
    'Quoting',
  ],
  ['an empty element before the realm', 'Basic , realm="foo"', [['Basic', { realm: 'foo' }]]],
  ['spaces around the equals sign of a realm', 'Basic realm = "foo"', [['Basic', { realm: 'foo' }]]],
  ['a tab after the equals sign', 'Basic realm=\t"foo"', [['Basic', { realm: 'foo' }]]],
  ['a realm with quotes in it', 'Basic realm="\\"foo\\""', [['Basic', { realm: '"foo"' }]], 'Quoting'],
  ['letters escaped one by one', 'Basic realm="\\f\\o\\o"', [['Basic', { realm: 'foo' }]], 'Quoting'],
  ['a backslash at the end of a realm', 'Basic realm="foo\\\\"', [['Basic', { realm: 'foo\\' }]], 'Quoting'],
  [
    'empty elements between parameters',
    'Basic realm="foo", bar="xyz",, a=b,,,c=d',
    [['Basic', { realm: 'foo', bar: 'xyz', a: 'b', c: 'd' }]],
  ],
  [
    'the realm after another parameter',
    'Basic bar="xyz", realm="foo"',
    [['Basic', { bar: 'xyz', realm: 'foo' }]],
  ],
  ['a letter of ISO 8859-1', 'Basic realm="foo-ä"', [['Basic', { realm: 'foo-ä' }]], 'Unicode'],
  [
    'two bytes of UTF-8, read as ISO 8859-1',
    'Basic realm="foo-Ã¤"',
    [['Basic', { realm: 'foo-Ã¤' }]],
    'Unicode',
  ],
  [
    'an encoded word, which is not decoded',
    'Basic realm="=?ISO-8859-1?Q?foo-=E4?="',
    [['Basic', { realm: '=?ISO-8859-1?Q?foo-=E4?=' }]],
    'Quoting',
  ],
  [
    'an unknown scheme after a known one',
    'Basic realm="basic", Newauth realm="newauth"',
    [
      ['Basic', { realm: 'basic' }],
      ['Newauth', { realm: 'newauth' }],
    ],
    'SeveralChallenges',
  ],
  [
    'an unknown scheme before a known one',
    'Newauth realm="newauth", Basic realm="basic"',
    [
      ['Newauth', { realm: 'newauth' }],
      ['Basic', { realm: 'basic' }],
    ],
    'SeveralChallenges',
  ],
  ['an empty element before the scheme', ',Basic realm="basic"', [['Basic', { realm: 'basic' }]]],
  ['several empty elements before the scheme', ', ,\t,Basic realm="basic"', [['Basic', { realm: 'basic' }]]],
  [
    'quotes in a parameter of the first of two',
    'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple" ',
    [
      ['Newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
      ['Basic', { realm: 'simple' }],
    ],
    'SeveralChallenges',
  ],
  [
    'a parameter named like a scheme',
    'Newauth realm="a", basic=foo, Basic realm="b"',
    [
      ['Newauth', { realm: 'a', basic: 'foo' }],
      ['Basic', { realm: 'b' }],
    ],
    'SeveralChallenges',
  ],
  [
    'a value that reads like a realm',
    'Basic foo="realm=no", realm="basic"',
    [['Basic', { foo: 'realm=no', realm: 'basic' }]],
    'Quoting',
  ],
  [
    'a name that ends like realm',
    'Basic notrealm="no", realm="basic"',
    [['Basic', { notrealm: 'no', realm: 'basic' }]],
  ],
  [
    'no space after the comma',
    'Basic realm="a",Bearer realm="b"',
    [
      ['Basic', { realm: 'a' }],
      ['Bearer', { realm: 'b' }],
    ],
    'SeveralChallenges',
  ],
  [
    'tabs around the comma',
    'Basic realm="a"\t,\tBearer realm="b"',
    [
      ['Basic', { realm: 'a' }],
      ['Bearer', { realm: 'b' }],
    ],
    'SeveralChallenges',
  ],
  [
    'empty elements between and after schemes',
    'Basic realm="a" , , Bearer realm="b",',
    [
      ['Basic', { realm: 'a' }],
      ['Bearer', { realm: 'b' }],
    ],
    'SeveralChallenges',
  ],
  [
    'schemes alone, then one with parameters',
    'Negotiate,NTLM,Basic realm="x"',
    [['Negotiate'], ['NTLM'], ['Basic', { realm: 'x' }]],
    'SeveralChallenges',
  ],
  [
    'a scheme alone between two with parameters',
    'Basic realm="a", Negotiate, Bearer realm="b"',
    [['Basic', { realm: 'a' }], ['Negotiate'], ['Bearer', { realm: 'b' }]],
    'SeveralChallenges',
  ],
  [
    'the same scheme twice, each with the same names',
    'Payment id="1", realm="r", Payment id="2", realm="r"',
    [
      ['Payment', { id: '1', realm: 'r' }],
      ['Payment', { id: '2', realm: 'r' }],
    ],
    'SeveralChallenges',
  ],
  [
    'Payment beside two others',
    'Bearer realm="b", Payment id="1", method="tempo", Basic realm="c"',
    [
      ['Bearer', { realm: 'b' }],
      ['Payment', { id: '1', method: 'tempo' }],
      ['Basic', { realm: 'c' }],
    ],
    'SeveralChallenges',
  ],
  ['white space after a scheme alone', 'NTLM \t', [['NTLM']]],
  ['a token68 of all its letters', 'Negotiate YIIJ+/w-._~==', [['Negotiate', {}, 'YIIJ+/w-._~==']]],
  ['a token68 with points', 'Bearer a.b.c', [['Bearer', {}, 'a.b.c']]],
  ['a token68 that ends like a name', 'Bearer realm=', [['Bearer', {}, 'realm=']]],
  [
    'such a token68 before a scheme',
    'Bearer realm=, Basic realm="x"',
    [
      ['Bearer', {}, 'realm='],
      ['Basic', { realm: 'x' }],
    ],
    'SeveralChallenges',
  ],
  [
    'an error of a bearer token',
    'Bearer error="invalid_token", error_description="expired, sign in again"',
    [['Bearer', { error: 'invalid_token', error_description: 'expired, sign in again' }]],
    'Quoting',
  ],
  [
    'a list inside quotes',
    'Digest realm="a", qop="auth,auth-int", nonce=n, stale=FALSE',
    [['Digest', { realm: 'a', qop: 'auth,auth-int', nonce: 'n', stale: 'FALSE' }]],
    'Quoting',
  ],
  [
    'a name with an asterisk',
    "Digest username*=UTF-8''J%C3%A4s",
    [['Digest', { 'username*': "UTF-8''J%C3%A4s" }]],
  ],
  ['a name of digits', 'X 0=1', [['X', { '0': '1' }]]],
  ['separators inside quotes', 'X a="[]{}()<>@,;:/?="', [['X', { a: '[]{}()<>@,;:/?=' }]], 'Quoting'],
  ['a scheme whose realm is missing', 'Basic', [['Basic']]],
  [
    'two spaces before a token68 of three equals signs',
    'NTLM  SGVsbG8sIFdvcmxkCg===',
    [['NTLM', {}, 'SGVsbG8sIFdvcmxkCg===']],
  ],
  [
    'a token68 without equals signs before a scheme',
    'Negotiate YWJj, Basic realm="x"',
    [
      ['Negotiate', {}, 'YWJj'],
      ['Basic', { realm: 'x' }],
    ],
    'SeveralChallenges',
  ],
  [
    'a token68 with two equals signs before a scheme',
    'Negotiate YQ==, Basic realm="x"',
    [
      ['Negotiate', {}, 'YQ=='],
      ['Basic', { realm: 'x' }],
    ],
    'SeveralChallenges',
  ],
  ['many spaces after the scheme', 'Digest    realm="a", nonce=n', [['Digest', { realm: 'a', nonce: 'n' }]]],
  [
    'capitals inside a scheme and a name',
    'DiGeSt qop="auth", rEaLm="a"',
    [['DiGeSt', { qop: 'auth', realm: 'a' }]],
    'LetterCase',
  ],
  [
    'empty elements between schemes and before the parameters of the last',
    ',Digest,,,, Basic ,,,foo=bar,realm="my, realm,"',
    [['Digest'], ['Basic', { foo: 'bar', realm: 'my, realm,' }]],
    'SeveralChallenges',
  ],
  [
    'an escaped backslash, an escaped quote, an escaped letter',
    'Basic realm="my\\\\\\"r\\ealm"',
    [['Basic', { realm: 'my\\"realm' }]],
    'Quoting',
  ],
  [
    'the credential of a known scheme',
    'Digest username="Mufasa", uri="/dir/index.html", qop=auth, nc=00000001, response="6629"',
    [
      [
        'Digest',
        { username: 'Mufasa', uri: '/dir/index.html', qop: 'auth', nc: '00000001', response: '6629' },
      ],
    ],
  ],
  ['an empty value beside a full one', 'X a="", b="c"', [['X', { a: '', b: 'c' }]], 'EmptyValue'],
]

const refused: readonly (readonly [what: string, header: string, reason: string, flag: FlagName])[] = [
  ['a comma for the space after the scheme', 'Basic, realm="foo"', 'bad-syntax', 'Malformed'],
  ['two realms', 'Basic realm="foo", realm="bar"', 'duplicate-parameter', 'DuplicateKey'],
  ['two realms in other case', 'Basic realm="foo", REALM="foo"', 'duplicate-parameter', 'DuplicateKey'],
  ['a realm without its second quote', 'Basic realm="basic', 'unterminated-quote', 'Quoting'],
  ['a realm whose second quote is escaped', 'Basic realm="basic\\"', 'unterminated-quote', 'Quoting'],
  ['backslashes in a token', 'Basic realm=\\f\\o\\o', 'bad-syntax', 'Quoting'],
  ['an at sign in a token', 'Basic realm=me@example.com', 'bad-syntax', 'Malformed'],
  ['a quote inside a token', 'Basic realm=my"realm', 'bad-syntax', 'Quoting'],
  ['a quote that ends the value too early', 'Digest, Basic realm="my"realm"', 'bad-syntax', 'Quoting'],
  ['a quote after an even number of backslashes', 'Basic realm="my\\\\\\\\"r"', 'bad-syntax', 'Quoting'],
  ['a quote that opens at the end', 'Basic realm="', 'unterminated-quote', 'Quoting'],
  [
    'a last value without its second quote',
    'Digest qop=auth-int, algorithm=md5, realm="foo',
    'unterminated-quote',
    'Quoting',
  ],
  ['a folded line', 'Basic\n realm="foo"', 'bad-syntax', 'HeaderInjection'],
  ['a space between parameters', 'Basic realm="foo" bar="xyz"', 'bad-syntax', 'Malformed'],
  ['a semicolon between parameters', 'Basic realm="foo"; charset="UTF-8"', 'bad-syntax', 'Malformed'],
  ['a scheme right after a quote', 'Basic realm="a"Bearer realm="b"', 'bad-syntax', 'SeveralChallenges'],
  ['two values after a scheme', 'Bearer a b', 'bad-syntax', 'Malformed'],
  ['a token68, then a parameter of its scheme', 'Bearer a.b.c, realm="x"', 'bad-syntax', 'Malformed'],
  ['a token68 of equals signs', 'Bearer ==', 'bad-syntax', 'EmptyValue'],
  ['letters after the equals signs of a token68', 'Basic YQ==b', 'bad-syntax', 'Malformed'],
  ['curly quotes', 'Basic realm=“foo”', 'bad-syntax', 'Unicode'],
  ['a tab for the space after the scheme', 'Basic\trealm="x"', 'bad-syntax', 'Malformed'],
  ['a slash in a token', 'Basic realm=a/b, c=d', 'bad-syntax', 'Malformed'],
  ['a parameter without a name', 'Basic realm="a", =b', 'bad-syntax', 'Malformed'],
  ['a parenthesis in a scheme', 'Ba(sic realm="x"', 'bad-syntax', 'Malformed'],
  ['a colon before a name', 'Basic :realm="x"', 'bad-syntax', 'Malformed'],
  ['a parameter without a scheme', 'realm="x"', 'bad-syntax', 'Malformed'],
]

export const authLists: Definition = {
  file: 'auth-lists',
  title: 'Authentication fields of several schemes (RFC 9110)',
  groups: [
    {
      op: 'auth.decode',
      comment:
        'a field value to its schemes, by the grammar of RFC 9110 alone: what a scheme asks of its own parameters (a realm, and that in quotes) is not asked here, and a field that breaks the grammar anywhere is refused whole',
      requirements: ['CORE-CHAL-001'],
      tests: [
        ...read.map(([what, header, list, flag = 'Normal']) => {
          const schemes = list.map(([scheme, params = {}, token68]) => ({
            scheme,
            ...(token68 !== undefined && { token68 }),
            params,
          }))
          return valid(what, { header }, { schemes }, flag)
        }),
        ...refused.map(([what, header, reason, flag]) => invalid(what, { header }, reason, flag)),
      ],
    },
  ],
}
