/**
 * Which HTTP client the kit looks like. A target that treats one client otherwise than others must not know the kit by
 * what it sends: each scenario looks like one of the clients that people use, always the same, so that a run repeats.
 */

type Fields = readonly (readonly [name: string, value: string])[]

/** What some clients say of themselves, in their order. */
const looks: readonly Fields[] = [
  [['User-Agent', 'curl/8.5.0']],
  [
    ['user-agent', 'node'],
    ['accept-language', '*'],
    ['sec-fetch-mode', 'cors'],
  ],
  [
    [
      'User-Agent',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    ],
    ['Accept-Language', 'en-US,en;q=0.9'],
    ['Sec-Fetch-Dest', 'empty'],
    ['Sec-Fetch-Mode', 'cors'],
  ],
  [['User-Agent', 'python-requests/2.32.3']],
  [['User-Agent', 'Go-http-client/1.1']],
]

/** The fields of the client that a scenario looks like, without those that it sends itself. */
export function lookOf(scenario: string, sent: Fields): Fields {
  const own = new Set(sent.map(([name]) => name.toLowerCase()))
  const sum = [...scenario].reduce((total, character) => total + character.charCodeAt(0), 0)
  return (looks[sum % looks.length] ?? []).filter(([name]) => !own.has(name.toLowerCase()))
}
