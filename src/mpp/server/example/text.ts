/** What the example sells. */

export const title = { title: 'The Road Not Taken', author: 'Robert Frost' }

/** Published in 1915; the first half. */
export const poem =
  'Two roads diverged in a yellow wood, And sorry I could not travel both And be one traveler, long I stood ' +
  'And looked down one as far as I could To where it bent in the undergrowth; Then took the other, as just as ' +
  'fair, And having perhaps the better claim, Because it was grassy and wanted wear'

export const words: readonly string[] = poem.split(' ')
