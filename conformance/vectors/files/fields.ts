/** Smaller header fields: Content-Digest, Accept-Payment, Idempotency-Key, Payment-Session, and DID sources. */
import { channelId, payer } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'

const body = '{"hello": "world"}'
const sha256 = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
const hex256 = '0x5f8f04f6a3a892aaabbddb6cf273894493773960d4a325b105fee46eef4304f1'
const sha512 =
  'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'
const did = (chain: string, address = payer) => `did:pkh:eip155:${chain}:${address}`

export const fields: Definition = {
  file: 'fields',
  title: 'Content-Digest, Accept-Payment, Idempotency-Key, Payment-Session, sources',
  groups: [
    {
      op: 'digest.encode',
      comment: 'a body to Content-Digest',
      requirements: ['CORE-CHAL-017'],
      tests: [
        valid('the example of RFC 9530, SHA-256', { body, algorithm: 'sha-256' }, { digest: sha256 }),
        valid('the example of RFC 9530, SHA-512', { body, algorithm: 'sha-512' }, { digest: sha512 }),
        valid(
          'no body',
          { body: '', algorithm: 'sha-256' },
          { digest: 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:' },
          'EmptyValue',
        ),
        valid('a body beyond ASCII', { body: '😀', algorithm: 'sha-256' }, undefined, 'Unicode'),
      ],
    },
    {
      op: 'digest.decode',
      comment: 'Content-Digest to the digests it lists',
      requirements: ['CORE-CHAL-017'],
      tests: [
        valid('SHA-256', { digest: sha256 }, { 'sha-256': hex256 }),
        valid(
          'two, with white space',
          { digest: ` ${sha256} ,\tmd5=:AAAA:` },
          { 'sha-256': hex256, md5: '0x000000' },
        ),
        valid('an unknown algorithm', { digest: 'x*y.z-1=:AA==:' }, { 'x*y.z-1': '0x00' }, 'UnknownMember'),
        ...(
          [
            ['the bare form without colons', sha256.replaceAll(':', ''), 'bad-syntax'],
            ['base64url', 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBP_=:', 'bad-syntax'],
            ['hexadecimal', 'sha-256=:5f8f04f6a3a892aaabbddb6cf2738944:', 'bad-length'],
            [
              'no padding',
              sha256.replace('=:', ':').replace('sha-256:', 'sha-256=:').replace('E=', 'E'),
              'bad-length',
            ],
            [
              'non-zero trailing bits',
              'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPF=:',
              'non-canonical',
            ],
            ['a byte short', 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBA==:', 'bad-length'],
            ['64 bytes under SHA-256', sha512.replace('512', '256'), 'bad-length'],
            ['32 bytes under SHA-512', sha256.replace('256', '512'), 'bad-length'],
            ['no bytes', 'sha-256=::', 'bad-length'],
            ['an upper-case algorithm', sha256.replace('sha', 'SHA'), 'bad-syntax'],
            ['an algorithm twice', `${sha256}, ${sha256}`, 'duplicate-parameter'],
            ['nothing', '', 'bad-syntax'],
            ['a comma at the end', `${sha256},`, 'bad-syntax'],
            ['a parameter', `${sha256};q=1`, 'bad-syntax'],
            ['text after it', `${sha256} x`, 'bad-syntax'],
            ['an open end', sha256.slice(0, -1), 'bad-syntax'],
            ['a line break', `${sha256}\n`, 'bad-syntax'],
            ['over the limit', `md5=:${'A'.repeat(1020)}:`, 'too-large'],
          ] as const
        ).map(([comment, digest, reason]) => invalid(comment, { digest }, reason, 'Digest')),
      ],
    },
    {
      op: 'digest.verify',
      comment: 'whether a body has the digest, by the strongest algorithm known to both',
      requirements: ['CORE-CHAL-017'],
      tests: [
        valid('SHA-256', { digest: sha256, body }, { valid: true }),
        valid('SHA-512', { digest: sha512, body }, { valid: true }),
        valid(
          'SHA-512 decides, SHA-256 is not looked at',
          { digest: `${sha256.replace('X', 'Y')}, ${sha512}`, body },
          { valid: true },
          'Digest',
        ),
        invalid('another body', { digest: sha256, body: '{"hello":"world"}' }, 'mismatch', 'Digest'),
        invalid('no body', { digest: sha256, body: '' }, 'mismatch', 'Digest'),
        invalid(
          'SHA-512 decides, a right SHA-256 does not help',
          { digest: `${sha256}, ${sha512.replace('W', 'X')}`, body },
          'mismatch',
          'Digest',
        ),
        invalid('no algorithm that is known', { digest: 'md5=:AAAA:', body }, 'mismatch', 'Digest'),
        invalid('no digest', { digest: '', body }, 'bad-syntax', 'Digest'),
      ],
    },
    {
      op: 'preferences.decode',
      comment: 'Accept-Payment',
      requirements: ['CORE-ACC-002'],
      tests: [
        valid(
          'without a weight',
          { header: 'tempo/session' },
          { ranges: [{ method: 'tempo', intent: 'session', q: 1 }] },
        ),
        valid(
          'a weight of zero',
          { header: 'tempo/charge;q=0' },
          { ranges: [{ method: 'tempo', intent: 'charge', q: 0 }] },
        ),
        valid(
          'three decimals',
          { header: 'tempo/charge;q=0.125' },
          { ranges: [{ method: 'tempo', intent: 'charge', q: 0.125 }] },
        ),
        valid(
          '1.000',
          { header: 'tempo/charge;q=1.000' },
          { ranges: [{ method: 'tempo', intent: 'charge', q: 1 }] },
        ),
        valid(
          '0. without decimals',
          { header: 'tempo/charge;q=0.' },
          { ranges: [{ method: 'tempo', intent: 'charge', q: 0 }] },
        ),
        valid(
          'wildcards',
          { header: '*/*, tempo/*;q=0.5, */charge' },
          {
            ranges: [
              { method: '*', intent: '*', q: 1 },
              { method: 'tempo', intent: '*', q: 0.5 },
              { method: '*', intent: 'charge', q: 1 },
            ],
          },
        ),
        valid(
          'an upper-case Q and white space',
          { header: 'tempo/charge \t; \tQ=0.5' },
          { ranges: [{ method: 'tempo', intent: 'charge', q: 0.5 }] },
          'LetterCase',
        ),
        valid(
          'empty elements',
          { header: ', tempo/charge,,' },
          { ranges: [{ method: 'tempo', intent: 'charge', q: 1 }] },
        ),
        valid('nothing', { header: '' }, { ranges: [] }, 'EmptyValue'),
        ...[
          'tempo',
          'tempo/',
          '/charge',
          'tempo/charge/x',
          'Tempo/charge',
          'tempo1/charge',
          'tempo charge',
          'tempo/charge;q=',
          'tempo/charge;q=1.1',
          'tempo/charge;q=2',
          'tempo/charge;q=-1',
          'tempo/charge;q=0.1234',
          'tempo/charge;q=.5',
          'tempo/charge;q="0.5"',
          'tempo/charge;q=1e-1',
          'tempo/charge;q=0.5;q=0.6',
          'tempo/charge;v=1',
          'tempo/charge q=1',
          'tempo/charge;q = 0.5',
          '**/charge',
          'tempo/charge\n',
          'tempo/chargé',
          'tempo/charge;q=0,5',
        ].map((header) => invalid(`no range: ${JSON.stringify(header)}`, { header }, 'bad-syntax')),
        invalid('over the limit', { header: 'tempo/charge,'.repeat(631) }, 'too-large', 'Limit'),
      ],
    },
    {
      op: 'preferences.rank',
      comment: 'what is offered, by what is accepted: the most wanted first, what is not wanted left out',
      requirements: ['CORE-ACC-002'],
      tests: (
        [
          [
            'the order of weights',
            'tempo/charge;q=0.1, tempo/session;q=0.9',
            ['tempo/charge', 'tempo/session'],
            ['tempo/session', 'tempo/charge'],
          ],
          [
            "the server's order among equals",
            'tempo/session, tempo/charge',
            ['tempo/charge', 'tempo/session'],
            ['tempo/charge', 'tempo/session'],
          ],
          ['zero leaves out', '*/*, tempo/charge;q=0', ['tempo/charge', 'tempo/session'], ['tempo/session']],
          [
            'what is not listed is left out',
            'tempo/charge',
            ['evm/charge', 'tempo/charge'],
            ['tempo/charge'],
          ],
          [
            'the more specific range decides',
            'tempo/*;q=0.1, tempo/session;q=0.8, */*;q=0.5',
            ['evm/charge', 'tempo/charge', 'tempo/session'],
            ['tempo/session', 'evm/charge', 'tempo/charge'],
          ],
          ['nothing matches', 'evm/charge', ['tempo/charge'], []],
          ['nothing is accepted', '*/*;q=0', ['tempo/charge'], []],
        ] as const
      ).map(([comment, header, offers, ranked]) =>
        valid(comment, { header, offers: offers.map(offer) }, { offers: ranked.map(offer) }),
      ),
    },
    {
      op: 'preferences.encode',
      comment: 'ranges to Accept-Payment',
      requirements: ['CORE-ACC-002'],
      tests: [
        valid(
          'weights',
          {
            ranges: [
              { method: 'tempo', intent: 'session', q: 1 },
              { method: '*', intent: '*', q: 0.25 },
            ],
          },
          { header: 'tempo/session, */*;q=0.25' },
        ),
        invalid(
          'a weight over 1',
          { ranges: [{ method: 'tempo', intent: 'session', q: 1.5 }] },
          'unencodable',
        ),
        invalid(
          'a negative weight',
          { ranges: [{ method: 'tempo', intent: 'session', q: -1 }] },
          'unencodable',
        ),
        invalid(
          'a comma in the intent',
          { ranges: [{ method: 'tempo', intent: 'a, */*', q: 1 }] },
          'unencodable',
          'HeaderInjection',
        ),
        invalid(
          'a line break in the method',
          { ranges: [{ method: 'tempo\r\n', intent: 'a', q: 1 }] },
          'unencodable',
          'HeaderInjection',
        ),
      ],
    },
    {
      op: 'idempotencyKey.decode',
      comment: 'Idempotency-Key, bare or as a quoted string',
      requirements: [],
      tests: [
        valid('a bare token', { header: 'abc-123' }, { key: 'abc-123' }),
        valid('quoted', { header: '"abc-123"' }, { key: 'abc-123' }, 'Quoting'),
        valid('quoted, with escapes', { header: '"a\\"b\\\\c"' }, { key: 'a"b\\c' }, 'Quoting'),
        valid(
          'a UUID',
          { header: ' 8e03978e-40d5-43dd-bc93-6894a57f9324 ' },
          { key: '8e03978e-40d5-43dd-bc93-6894a57f9324' },
        ),
        valid('255 characters', { header: 'k'.repeat(255) }, { key: 'k'.repeat(255) }, 'Limit'),
        ...(
          [
            ['', 'empty'],
            ['""', 'empty'],
            [' ', 'empty'],
            ['a b', 'bad-syntax'],
            ['"a', 'bad-syntax'],
            ['a"', 'bad-syntax'],
            ['"a"b', 'bad-syntax'],
            ['"a\\b"', 'bad-syntax'],
            ['"a\nb"', 'bad-syntax'],
            ['"é"', 'bad-syntax'],
            ['é', 'bad-syntax'],
            ['a,b', 'bad-syntax'],
            ['a;p=1', 'bad-syntax'],
          ] as const
        ).map(([header, reason]) =>
          invalid(`no key: ${JSON.stringify(header)}`, { header }, reason, 'Quoting'),
        ),
        invalid('256 characters', { header: 'k'.repeat(256) }, 'too-large', 'Limit'),
      ],
    },
    {
      op: 'sessionField.decode',
      comment: 'Payment-Session',
      requirements: ['SESS-ENC-002', 'SESS-ENC-003'],
      tests: [
        valid('with white space around', { header: ` ${channelId}\t` }, { channelId }),
        valid(
          'upper-case digits',
          { header: `0x${channelId.slice(2).toUpperCase()}` },
          { channelId },
          'LetterCase',
        ),
        invalid('an address', { header: payer }, 'bad-length', 'HexForm'),
        invalid('two ids', { header: `${channelId}, ${channelId}` }, 'bad-character', 'HexForm'),
        invalid('quoted', { header: `"${channelId}"` }, 'bad-syntax', 'Quoting'),
        invalid('a line break after it', { header: `${channelId}\n` }, 'bad-character', 'HeaderInjection'),
      ],
    },
    {
      op: 'source.decode',
      comment: 'did:pkh sources',
      requirements: ['CORE-CRED-004'],
      tests: [
        valid('mainnet', { text: did('4217') }, { chainId: 4217, address: payer }),
        valid(
          'checksum capitals',
          { text: did('1', '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266') },
          { chainId: 1, address: payer },
          'LetterCase',
        ),
        valid(
          'the largest safe chain id',
          { text: did('9007199254740991') },
          { chainId: 9_007_199_254_740_991, address: payer },
          'Limit',
        ),
        ...[
          '',
          payer,
          did('0'),
          did('01'),
          did(''),
          did('0x1'),
          did('-1'),
          did('1', payer.slice(0, -1)),
          did('1', `${payer}0`),
          did('1', payer.slice(2)),
          `${did('1')}#key`,
          `${did('1')} `,
          ` ${did('1')}`,
          did('1').toUpperCase(),
          'did:pkh:solana:1:abc',
          'did:key:z6Mk',
          did('1').replace('pkh', 'web'),
          did('12345678901234567'),
        ].map((text) => invalid(`no source: ${JSON.stringify(text)}`, { text }, 'bad-syntax')),
        invalid('a chain id past 2^53', { text: did('9007199254740992') }, 'out-of-range', 'Limit'),
      ],
    },
    {
      op: 'source.encode',
      comment: 'a payer to its DID',
      requirements: ['SESS-ENC-001'],
      tests: [
        valid(
          'capitals are lowered',
          { chainId: 4217, address: payer.toUpperCase().replace('0X', '0x') },
          { text: did('4217') },
          'LetterCase',
        ),
      ],
    },
  ],
}

function offer(text: string) {
  const [method, intent] = text.split('/') as [string, string]
  return { method, intent }
}
