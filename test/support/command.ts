/** A shell command that must end well. */
import { spawn } from 'node:child_process'

/** Runs it; answers what it printed. Rejects with all it said when it ends with another code than 0. */
export function run(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    const keep = (chunk: Buffer) => {
      said += chunk.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(said)
      else reject(new Error(`${command} ended with ${code}\n${said}`))
    })
  })
}
