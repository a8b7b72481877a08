/** Turns of the microtask queue after which what is ready has said so. */
const turns = 10

/** What work answers, if it answers without being waited for; how it fails is told to whoever waits for it. */
export async function atOnce<T>(work: Promise<T>): Promise<T | undefined> {
  let answer: T | undefined
  work.then(
    (value) => {
      answer = value
    },
    () => undefined,
  )
  for (let turn = 0; turn < turns && answer === undefined; turn++) await undefined
  return answer
}
