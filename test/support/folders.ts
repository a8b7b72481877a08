/** Folders of a test file, removed when its tests are over. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Makes folders; called once, at the top of a test file. */
export function folders(): () => string {
  const made: string[] = []
  afterAll(() => {
    for (const path of made) rmSync(path, { recursive: true })
  })
  return () => {
    const path = mkdtempSync(join(tmpdir(), 'streamed-payments-'))
    made.push(path)
    return path
  }
}
