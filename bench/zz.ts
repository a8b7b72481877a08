import { storeLines } from './lines/store.ts'
const line = storeLines().find((l) => l.id === (process.argv[2] ?? 'streams-durable'))!
let last = process.cpuUsage()
for await (const r of line.rounds()) { const c = process.cpuUsage(last); last = process.cpuUsage(); console.log(r.ours.toFixed(0), 'cpu ms', ((c.user + c.system) / 1000).toFixed(0)) }
process.exit()
