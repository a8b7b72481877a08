/** The files that take longest begin first, so that at the end none runs alone. Vitest itself knows it from the second run on. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Longest first. */
const long = [
  'conformance/targets',
  'docs/readme',
  'chain/anvil',
  'cli/commands',
  'cli/package',
  'conformance/faults',
  'vectors/adapters',
  'interop/mppx',
  'interop/mppx-v1',
]
const place = ({ moduleId }: TestSpecification): number => {
  const at = long.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
  return at === -1 ? long.length : at
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => place(one) - place(other))
  }
}
