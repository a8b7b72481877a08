/** The command that repeats a run. */
import type { AnySuite } from '../kit/suite.ts'
import { shellWord } from '../report/text.ts'
import type { TestOptions } from './test.ts'

/** Seconds an answer may take, unless `--timeout` says otherwise. */
export const defaultTimeout = 10

/** The command without what a replay adds to it; to be pasted into a shell. A key is not repeated. */
export function replay<World>(
  suite: Pick<AnySuite<World>, 'profile' | 'role' | 'statements'>,
  { url, command, control }: { url?: string; command?: string; control?: string | undefined },
  options: TestOptions,
): string {
  const { target, start, rpcUrl, resource = {}, timeout } = options
  const words = [
    `streamed-payments test ${suite.role}`,
    url === undefined ? '' : shellWord(url),
    suite.profile === 'mpp' ? '' : `--profile ${suite.profile}`,
    target === undefined ? '' : `--target ${shellWord(target)}`,
    control === undefined ? '' : `--control ${shellWord(control)}`,
    start === undefined ? '' : `--start ${shellWord(start)}`,
    rpcUrl === undefined ? '' : `--rpc-url ${shellWord(rpcUrl)}`,
    ...Object.entries(resource).map(([name, path]) => `--resource ${shellWord(`${name}=${path}`)}`),
    timeout === defaultTimeout ? '' : `--timeout ${timeout}`,
    ...Object.entries(suite.statements).map(([name, { flag, show }]) => {
      const value = options[name]
      if (value === undefined || flag === undefined) return ''
      return `${flag.split(' ')[0]} ${shellWord((show as (value: unknown) => string)(value))}`
    }),
  ]
  if (command !== undefined) words.push(`-- ${shellWord(command)}`)
  return words.filter((word) => word !== '').join(' ')
}
