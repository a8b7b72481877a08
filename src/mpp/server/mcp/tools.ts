/** What an MCP server has to offer: tools, free or paid. */
import type { JsonObject } from '../../../codec/json.ts'
import type { ChargeOffer } from '../charge/offer.ts'

/** A tool that agents can call. */
export interface Tool {
  description: string
  /** JSON Schema of its arguments; default an object of anything. */
  inputSchema?: JsonObject
  /** What one call costs; absent: free. */
  price?: ChargeOffer
  /** Answers a call with text. What it throws is told to the client as the tool's error, and costs nothing. */
  call(args: JsonObject): string | Promise<string>
}

/** Tools of one MCP server, with their prices. */
export interface McpOffer {
  name: string
  version: string
  tools: Readonly<Record<string, Tool>>
}

/** Versions of MCP in which initialize, tools/list and tools/call are as they are here; the newest first. */
export const protocolVersions: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']

/** The answer to `initialize`. It advertises what can be paid with (MCP-CAP-001). */
export function initialized({ name, version, tools }: McpOffer, asked: unknown): JsonObject {
  const known = protocolVersions.find((candidate) => candidate === asked)
  const paid = Object.values(tools).some(({ price }) => price !== undefined)
  return {
    protocolVersion: known ?? (protocolVersions[0] as string),
    capabilities: {
      tools: {},
      ...(paid ? { experimental: { payment: { methods: { tempo: { intents: ['charge'] } } } } } : {}),
    },
    serverInfo: { name, version },
  }
}

/** The answer to `tools/list`. */
export const listed = ({ tools }: McpOffer): JsonObject => ({
  tools: Object.entries(tools).map(([name, { description, inputSchema = { type: 'object' } }]) => ({
    name,
    description,
    inputSchema,
  })),
})

/** What a tool said, as the result of its call. */
export const said = (text: string, isError = false): JsonObject => ({
  content: [{ type: 'text', text }],
  ...(isError ? { isError } : {}),
})
