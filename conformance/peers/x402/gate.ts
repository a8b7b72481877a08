/** A gate that one side waits at until the other opens it, and bounded waiting. */
import { patience } from '../../harness/patience.ts'

export interface Gate {
  open(): void
  opened: Promise<void>
}

export function gate(): Gate {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

/** Whether work is done within so many milliseconds of waiting for it, well or badly. */
export function isDoneWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const enough = patience(ms, () => resolve(false))
    const done = () => {
      enough()
      resolve(true)
    }
    work.then(done, done)
  })
}
