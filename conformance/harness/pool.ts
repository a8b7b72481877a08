/** Judges faults in processes of their own, several at a time: a fault costs processor time, and Node has one thread. */
import { type ChildProcess, fork } from 'node:child_process'
import type { FaultResult } from '../kit/kill-matrix.ts'
import type { Asked } from '../kit/selftest.ts'
import { HarnessError } from '../kit/verdict.ts'

/** What a process answers: the result, or what broke in the kit. */
export type Answered = { result: FaultResult } | { error: string }

export interface FaultPool extends AsyncDisposable {
  /** Queues a fault. Throws `HarnessError` when its process ends without an answer. */
  judge(asked: Asked): Promise<FaultResult>
}

interface Job {
  asked: Asked
  resolve(result: FaultResult): void
  reject(error: Error): void
}

/** Starts processes that run `file`; from source they need the same loader as this one. */
export function faultPool(processes: number, file: string): FaultPool {
  const fromSource = file.endsWith('.ts')
  const queue: Job[] = []
  const idle: ChildProcess[] = []
  const next = () => {
    const child = queue.length > 0 ? idle.pop() : undefined
    if (child === undefined) return
    const job = queue.shift() as Job
    const ended = (code: number | null) =>
      job.reject(
        new HarnessError(`the process that judged ${job.asked.fault ?? 'the unbroken'} ended with ${code}`),
      )
    child.once('exit', ended)
    child.once('message', (answer: Answered) => {
      child.off('exit', ended)
      if ('result' in answer) job.resolve(answer.result)
      else job.reject(new HarnessError(`${job.asked.fault ?? 'unbroken'}: ${answer.error}`))
      idle.push(child)
      next()
    })
    child.send(job.asked)
  }
  const children = Array.from({ length: processes }, () =>
    fork(file, { execArgv: fromSource ? ['--import', 'tsx'] : [] }),
  )
  idle.push(...children)
  return {
    judge: (asked) =>
      new Promise((resolve, reject) => {
        queue.push({ asked, resolve, reject })
        next()
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map(end))
    },
  }
}

/** Ends a process of the pool, unless it has ended. */
function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill()
  })
}
