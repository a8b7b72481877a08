/** `selftest --controls`: lawful stand-ins, one after the other. A check that is red for one is wrong. */
import { print } from '../../src/cli/output.ts'
import type { World } from '../harness/world.ts'
import { wronglyRed } from '../kit/control.ts'
import { globMatcher } from '../kit/run.ts'
import type { AnySuite } from '../kit/suite.ts'
import { SetupError } from '../kit/verdict.ts'

/** Judges the controls and mixes of these names or globs, all where there are none; each on its own, in all features. */
export async function selftestControls(
  suites: readonly Pick<AnySuite<World>, 'controls'>[],
  globs: readonly string[],
  only?: string,
): Promise<0 | 1> {
  const wanted = globs.length === 0 ? () => true : globMatcher(globs.join(','))
  const found = await Promise.all(suites.map((suite) => suite.controls()))
  const all = found.flatMap(({ stories, judge }) =>
    Object.entries(stories).map(([name, controls]) => [name, controls, judge] as const),
  )
  const chosen = all.filter(([name]) => wanted(name))
  if (chosen.length === 0)
    throw new SetupError(`no control ${globs.join(', ')}; there are ${all.map(([name]) => name).join(', ')}`)
  let bad = 0
  for (const [name, controls, judge] of chosen) {
    const { passed, red } = await judge(controls, only)
    const wrong = wronglyRed(red, controls)
    // What judged nothing shows nothing.
    const good = wrong.length === 0 && passed > 0
    if (!good) bad++
    print(`  ${good ? '✓' : '✗'} ${name.padEnd(44)} ${passed} checks passed`)
    for (const { id, verdict, message } of wrong) print(`      ${verdict} ${id}: ${message}`)
  }
  print('')
  print(`  ${chosen.length - bad} passed, ${bad} failed`)
  return bad === 0 ? 0 : 1
}
