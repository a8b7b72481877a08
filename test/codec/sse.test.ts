/** WHATWG HTML, Server-sent events. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Sse from '../../src/codec/sse.ts'
import { code } from '../support/codes.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const read = (text: string, cut = text.length) => {
  const reader = Sse.reader()
  const all = bytes(text)
  return [all.subarray(0, cut), all.subarray(cut)].flatMap((chunk) => reader.push(chunk))
}

describe('sse', () => {
  test('content comes back whatever it holds, and never as another event', () => {
    const content = fc.string({
      unit: fc.constantFrom('a', '\n', '\r', ':', ' ', 'data: ', 'event: payment-receipt', '\u0000', '😀'),
      maxLength: 20,
    })
    fc.assert(
      fc.property(content, (data) => {
        const events = read(Sse.encode({ data, event: 'message' }))
        expect(events).toEqual([{ event: 'message', data: data.replace(/\r\n|\r/g, '\n') }])
      }),
    )
  })

  test('cut at any byte', () => {
    const text = Sse.encode({ data: 'zwölf 😀', event: 'x', id: '1' }) + Sse.encode({ data: 'b\nc' })
    for (let cut = 0; cut <= bytes(text).length; cut++)
      expect(read(text, cut)).toEqual([
        { event: 'x', data: 'zwölf 😀', id: '1' },
        { event: 'message', data: 'b\nc' },
      ])
  })

  test.each([
    ['data: a\r\n\r\n', ['a']],
    ['data: a\r\rdata: b\r\r', ['a', 'b']],
    ['data:a\n\n', ['a']],
    ['\ufeffdata: a\n\n', ['a']],
    [': comment\n\ndata: a\n\n', ['a']],
    ['data: a\n', []],
  ])('%j', (text, expected) => {
    expect(read(text).map(({ data }) => data)).toEqual(expected)
  })

  test('names cannot smuggle lines, events cannot grow for ever', () => {
    expect(() => Sse.encode({ data: 'a', event: 'x\ndata: y' })).toThrow(TypeError)
    expect(() => Sse.encode({ data: 'a', id: 'x\r' })).toThrow(TypeError)
    const reader = Sse.reader(100)
    expect(
      code(() => {
        for (let i = 0; i < 20; i++) reader.push(bytes('data: 1234567890\n'))
      }),
    ).toBe('too-large')
  })

  test('a comment is skipped by readers', () => {
    expect(read(`${Sse.comment('keep\nalive')}data: a\n\n`)).toEqual([{ event: 'message', data: 'a' }])
  })
})
