import { build, pushTo } from './push-rig.ts'

/** A push in a process of its own, so that it can be killed: `node push-process.ts URL FILES_AS_JSON`. */
const [url, texts] = process.argv.slice(2) as [string, string]
await pushTo(url, build(JSON.parse(texts) as Record<string, string>), { onLog: console.log })
