import { fileURLToPath } from 'node:url'

export default {
  // Modules of the targets' common folder are part of the app.
  turbopack: { root: fileURLToPath(new URL('..', import.meta.url)) },
  // Bundled, the SDK does not build: it imports an optional peer that is not installed.
  serverExternalPackages: ['mppx'],
}
