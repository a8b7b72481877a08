/**
 * Files that reports go to. A run takes minutes: a file that cannot be written is told of before it begins, and one that
 * cannot be written after it takes none of the other reports along.
 */
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { CliError, print } from '../../src/cli/output.ts'

/** Throws `CliError` for the first file that cannot be opened for writing. No file is changed, and none is left. */
export function mustBeWritable(files: readonly (string | undefined)[]): void {
  for (const file of files) {
    if (file === undefined) continue
    try {
      const isNew = !existsSync(file)
      closeSync(openSync(file, 'a'))
      if (isNew) rmSync(file)
    } catch (error) {
      throw new CliError(`cannot write ${file}: ${codeOf(error)}`)
    }
  }
}

/** Writes one report; answers whether it is there. What went wrong is printed. */
export async function writeReport(
  file: string | undefined,
  report: () => string | Promise<string>,
): Promise<boolean> {
  if (file === undefined) return true
  const text = await report()
  try {
    writeFileSync(file, text)
    return true
  } catch (error) {
    print(`  cannot write ${file}: ${codeOf(error)}`)
    return false
  }
}

/** `EACCES` and its like; other errors are thrown. */
function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return code
}
