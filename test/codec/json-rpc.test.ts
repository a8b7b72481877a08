import { expect, test } from 'vitest'
import { idTexts } from '../../src/codec/json-rpc.ts'

test.each<[string, (string | undefined)[]]>([
  ['{"id":9007199254740993,"method":"x"}', ['9007199254740993']],
  [' { "id" : -0 } ', ['-0']],
  ['{"params":{"id":1},"id":1.50}', ['1.50']],
  ['{"params":[{"id":1}]}', [undefined]],
  ['{"\\u0069d":12345678901234567890}', ['12345678901234567890']],
  ['{"x":"id","y":5}', [undefined]],
  ['{"id":5,"id":"x"}', [undefined]],
  ['{"id":5,"id":{}}', [undefined]],
  ['{"id":"5"}', [undefined]],
  ['{"id":null}', [undefined]],
  ['{"a":"\\"id\\":7,\\\\","id":1e2}', ['1e2']],
  [
    '[{"id":1},{"id":"x"},3,"s",null,[{"id":4}],{"id":20000000000000000001},{}]',
    ['1', undefined, undefined, undefined, undefined, undefined, '20000000000000000001', undefined],
  ],
  ['[]', [undefined]],
  ['5', [undefined]],
])('%s', (text, ids) => {
  expect(idTexts(text)).toEqual(ids)
})

test('megabytes of text and depth are no matter', () => {
  const text = 'ab"\\\n'.repeat(1_000_000)
  expect(idTexts(JSON.stringify({ params: [text], id: 12 }))).toEqual(['12'])
  expect(idTexts(`{"params":${'['.repeat(500_000)}${']'.repeat(500_000)},"id":12}`)).toEqual(['12'])
})
