/** Runs the suite against a server that is lawful, and says what is red all the same. */

import type { RedControl } from '../../../../kit/control.ts'
import { judgeLawful } from '../../../../kit/judge-controls.ts'
import { powers, resources } from '../../../../peers/mpp/offers.ts'
import { type Proxying, proxy } from '../../../../peers/mpp/payee/proxy.ts'
import { learnCustoms } from '../../../../peers/mpp/payer/customs.ts'
import type { ServerControl } from '../control.ts'
import { serverScenarios } from '../scenarios.ts'
import { type Setting, standIn } from '../stand-in.ts'
import { subjectOf } from '../subject.ts'

export interface JudgedControl {
  /** What was learnt of its streams. */
  said: string
  /** Checks that passed. */
  passed: number
  /** Every verdict that is neither pass nor skip. */
  red: readonly RedControl[]
}

/** Judges the reference with all these controls at once; `only` is a glob over features, default all. */
export async function judgeControls(
  controls: readonly ServerControl[],
  only?: string,
): Promise<JudgedControl> {
  const proxies: Proxying[] = []
  const wordings = controls.flatMap(({ says }) => says ?? [])
  const before = async (url: string) => {
    if (wordings.length === 0) return url
    const added = await proxy(url, wordings)
    proxies.push(added)
    return added.url
  }
  try {
    return await judged({
      fault: {
        options: Object.assign({}, ...controls.map(({ options }) => options)),
        offer: Object.assign({}, ...controls.map(({ offer }) => offer)),
        http: (handler, context) =>
          controls.reduce((inner, { http }) => http?.(inner, context) ?? inner, handler),
      },
      variant: controls.flatMap(({ variant }) => variant ?? [])[0],
      before,
      only,
    })
  } finally {
    await Promise.all(proxies.map((each) => each[Symbol.asyncDispose]()))
  }
}

/** Judges the reference with one alteration, lawful or not. */
export async function judged({
  only,
  ...setting
}: Setting & { only?: string | undefined }): Promise<JudgedControl> {
  const { options, end } = await standIn({ timeoutMs: 10_000, asItIs: true, ...setting })
  try {
    const subject = subjectOf({ ...options, ...(await learnCustoms(options, 'lawful')) }, 'lawful')
    const suite = { scenarios: serverScenarios, offers: { resources, powers } }
    const found = await judgeLawful(suite, subject, only)
    // What the suite has learnt is known when it has run.
    return { said: subject.units.said, ...found }
  } finally {
    await end()
  }
}
