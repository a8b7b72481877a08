/**
 * What the vendor's guide to streamed payments sells: the title of a poem for nothing, then each word for $0.001. No
 * imports of an SDK: each target brings its own.
 */

const title = { title: 'The Road Not Taken', author: 'Robert Frost' }
const lines = [
  'Two roads diverged in a yellow wood,',
  'And sorry I could not travel both',
  'And be one traveler, long I stood',
  'And looked down one as far as I could',
  'To where it bent in the undergrowth;',
]
/** The end of a line is a word too: a backslash and an n. */
const words = lines.flatMap((line) => [...line.split(' '), '\\n'])

/** The terms of the guide: no deposit is suggested. */
export const terms = { amount: '0.001', unitType: 'word' }

/** The handler of the guide: one free event, then a charge before each word. */
export async function* poem(stream) {
  yield JSON.stringify(title)
  for (const word of words) {
    await stream.charge()
    yield word
  }
}
