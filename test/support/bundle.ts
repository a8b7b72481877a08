/** A bundle of what runs anywhere, as one script without imports. */
import { build } from 'esbuild'

/** What `purchase` answers wherever it is run. */
export const purchased = {
  method: 'tempo',
  words: ['Two', 'roads', 'diverged'],
  spent: '3000',
  receipts: true,
  signer: true,
}

/** The script for a browser page, or for a worker as edge platforms bundle theirs; it defines `purchase`. */
export async function bundle(kind: 'browser' | 'worker'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['test/support/bundle-entry.ts'],
    bundle: true,
    write: false,
    minify: true,
    treeShaking: true,
    format: 'iife',
    globalName: 'bundled',
    platform: 'browser',
    conditions: kind === 'worker' ? ['workerd', 'worker', 'browser'] : [],
    target: 'es2023',
    logLevel: 'silent',
    // A script has no URL of its own; only Node's curve asks for it.
    define: { 'import.meta.url': 'undefined' },
  })
  const [script] = outputFiles
  return `${script?.text ?? ''}\nglobalThis.purchase = bundled.purchase`
}
