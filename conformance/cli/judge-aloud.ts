/** Judges and prints: the title, a line for each scenario, then the summary. What `test` and `npm start` share. */
import { print } from '../../src/cli/output.ts'
import { abandon } from '../harness/http.ts'
import { type Judged, type JudgeOptions, judge } from '../kit/judge.ts'
import type { AnySuite, Subject } from '../kit/suite.ts'
import { progressLine, summary } from '../report/text.ts'

export async function judgeAloud<World>(
  suite: AnySuite<World>,
  subject: Subject<unknown>,
  options: JudgeOptions,
): Promise<Judged> {
  const { profile, role } = suite
  const told = new Set<string>()
  const judged = await judge(suite, subject, {
    ...options,
    onStart(learned) {
      print('')
      print(`  ${profile} / ${role}   ${options.target}   ${subject.about}   seed ${options.seed}`)
      for (const line of learned) {
        print(`  ${line}`)
        told.add(line)
      }
      print('')
    },
    onScenario: (done) => print(progressLine(done)),
  })
  // What the target still sends would keep this process waiting.
  abandon()
  const late = judged.result.learned.filter((line) => !told.has(line))
  if (late.length > 0) print('')
  for (const line of late) print(`  ${line}`)
  for (const line of summary(judged.result, judged.requirements, judged.replay)) print(line)
  return judged
}
