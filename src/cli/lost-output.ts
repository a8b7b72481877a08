/**
 * What a command does when its output cannot be written: the disk that holds it is full, or fails. A server goes on
 * without the lines, and they come again when there is room. Any other command says so once and ends with 2.
 */

const noRoom = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO']

/** Whether an error says that there is no room for output. */
export const isNoRoom = ({ code }: NodeJS.ErrnoException): boolean =>
  code !== undefined && noRoom.includes(code)

/** What to do with errors of standard output and standard error that `isNoRoom` tells of. */
export function lostOutput(goesOn: boolean): (error: NodeJS.ErrnoException) => void {
  let told = false
  return ({ code }) => {
    if (goesOn || told) return
    told = true
    process.stderr.write(`error: the output cannot be written: ${code}\n`)
    // Whatever the command makes of it, what it had to say did not arrive.
    process.once('exit', () => {
      process.exitCode = 2
    })
  }
}
