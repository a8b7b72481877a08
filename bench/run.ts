/** `npm run bench`, built as the package is: what the loader of TypeScript adds to functions is not measured. */
import { spawnSync } from 'node:child_process'
import { built } from './processes.ts'

const { status } = spawnSync(process.execPath, [built('bench/main.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
