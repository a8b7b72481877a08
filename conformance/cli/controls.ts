/** `selftest --controls`: lawful stand-ins, one after the other. A check that is red for one is wrong. */
import { print } from '../../src/cli/output.ts'
import { wronglyRed } from '../kit/control.ts'
import { globMatcher } from '../kit/run.ts'
import { SetupError } from '../kit/verdict.ts'
import { judgeControls } from '../suites/mpp/server/controls/judge.ts'
import { controlsNamed, mixes, serverControls } from '../suites/mpp/server/controls.ts'

/** Judges the controls and mixes of these names or globs, all where there are none; each on its own, in all features. */
export async function selftestControls(globs: readonly string[], only?: string): Promise<0 | 1> {
  const wanted = globs.length === 0 ? () => true : globMatcher(globs.join(','))
  const all = [...serverControls.map(({ name }) => [name, [name]] as const), ...Object.entries(mixes)]
  const chosen = all.filter(([name]) => wanted(name))
  if (chosen.length === 0)
    throw new SetupError(`no control ${globs.join(', ')}; there are ${all.map(([name]) => name).join(', ')}`)
  let bad = 0
  for (const [name, names] of chosen) {
    const controls = controlsNamed(...names)
    const { passed, red } = await judgeControls(controls, only)
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
