/** base64url without padding. */
import { type Definition, invalid, valid } from '../vector.ts'

const alphabet = /[A-Za-z0-9_-]/
const outside = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
  (char) => !alphabet.test(char) && char !== '=',
)
const name = (char: string) =>
  char > ' ' && char <= '~' ? `"${char}"` : `U+${char.charCodeAt(0).toString(16).padStart(4, '0')}`
/** Place and length vary with the character, so that no position is checked for one of them only. */
const placed = (char: string, i: number) => {
  const text = 'QUJDREVGR0hJSktM'.slice(0, 3 + (i % 13))
  const at = i % (text.length + 1)
  return text.slice(0, at) + char + text.slice(at)
}

const rfc4648 = [
  ['', ''],
  ['f', 'Zg'],
  ['fo', 'Zm8'],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg'],
  ['fooba', 'Zm9vYmE'],
  ['foobar', 'Zm9vYmFy'],
] as const
const texts = [
  ...rfc4648,
  ['{"amount":"1000"}', 'eyJhbW91bnQiOiIxMDAwIn0'],
  ['é', 'w6k'],
  ['€', '4oKs'],
  ['😀', '8J-YgA'],
  ['\u0000', 'AA'],
  ['\r\n', 'DQo'],
  ['???>>>', 'Pz8_Pj4-'],
] as const
const bytes = [
  ['0x00', 'AA'],
  ['0xff', '_w'],
  ['0xffff', '__8'],
  ['0xffffff', '____'],
  ['0xfb', '-w'],
  ['0xfbefbe', '----'],
  ['0x000000', 'AAAA'],
  ['0x0001020304050607', 'AAECAwQFBgc'],
  ['0x80', 'gA'],
  ['0xc0af', 'wK8'],
] as const

export const base64url: Definition = {
  file: 'base64url',
  title: 'base64url without padding (RFC 4648, section 5)',
  groups: [
    {
      op: 'base64url.encode',
      comment: 'text as UTF-8',
      requirements: ['CORE-CHAL-011'],
      tests: texts.map(([text, expected]) =>
        valid(`${text.length} UTF-16 units`, { text }, { text: expected }),
      ),
    },
    {
      op: 'base64url.encodeBytes',
      comment: 'bytes',
      requirements: ['CORE-CHAL-011'],
      tests: bytes.map(([hex, text]) => valid(`bytes ${hex}`, { hex }, { text })),
    },
    {
      op: 'base64url.decode',
      comment: 'to text; what is not UTF-8 is refused',
      requirements: ['CORE-CHAL-011', 'CORE-CRED-012'],
      tests: [
        ...texts.map(([text, from]) => valid(`text ${from}`, { text: from }, { text })),
        invalid('a byte that never occurs in UTF-8', { text: '_w' }, 'bad-utf8', 'Unicode'),
        invalid('an overlong slash', { text: 'wK8' }, 'bad-utf8', 'Unicode'),
        invalid('a surrogate as three bytes', { text: '7aCA' }, 'bad-utf8', 'Unicode'),
        invalid('a sequence cut short', { text: '4oI' }, 'bad-utf8', 'Unicode'),
        invalid('a continuation byte alone', { text: 'gA' }, 'bad-utf8', 'Unicode'),
        invalid('past U+10FFFF', { text: '9JCAgA' }, 'bad-utf8', 'Unicode'),
        invalid('CESU-8 pair', { text: '7aC97bSA' }, 'bad-utf8', 'Unicode'),
      ],
    },
    {
      op: 'base64url.decodeBytes',
      comment: 'to bytes; every value has exactly one text',
      requirements: ['CORE-CHAL-011', 'CORE-CRED-001'],
      tests: [
        ...bytes.map(([hex, text]) => valid(`text ${text}`, { text }, { hex })),
        ...outside.map((char, i) =>
          invalid(
            `${name(char)} is outside the alphabet`,
            { text: placed(char, i) },
            'bad-character',
            'NonCanonicalBase64',
          ),
        ),
        ...['Zg==', 'Zm8=', 'Zm9v=', '=', '====', 'Z=g', '=Zm8'].map((text) =>
          invalid(`padding in ${text}`, { text }, 'bad-padding', 'NonCanonicalBase64'),
        ),
        ...['A', 'AAAAA', 'Zm9vY', 'Zm9vYmFyA'].map((text) =>
          invalid(
            `a lone last character, ${text.length} in all`,
            { text },
            'bad-length',
            'NonCanonicalBase64',
          ),
        ),
        ...['AB', 'AC', 'AI', 'AP', 'Zh', 'AAB', 'AAC', 'AAD', 'Zm9', 'Zm9vYh', 'Zm9vYmF', '__9'].map(
          (text) =>
            invalid(`non-zero trailing bits in ${text}`, { text }, 'non-canonical', 'NonCanonicalBase64'),
        ),
        invalid('a character that looks like A', { text: 'АAAA' }, 'bad-character', 'Unicode'),
        invalid('full-width digits', { text: 'AAA１' }, 'bad-character', 'Unicode'),
        invalid('a character whose low byte is A', { text: 'AAAŁ' }, 'bad-character', 'Unicode'),
      ],
    },
  ],
}
