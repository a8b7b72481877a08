import type { NextConfig } from 'next'

export default {
  // The package loads native code where there is some; it is not bundled on the server.
  serverExternalPackages: ['streamed-payments'],
  // The folder is an app of its own, though other lockfiles stand above it.
  turbopack: { root: import.meta.dirname },
} satisfies NextConfig
