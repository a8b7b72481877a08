/** The shell command that runs this very program, as it runs now: from source or built. */
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url),
)

export const self = `exec ${[process.execPath, ...process.execArgv, main].map((part) => `'${part}'`).join(' ')}`
