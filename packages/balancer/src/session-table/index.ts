export { SessionMap, type SessionMapOptions } from './session-map.ts'
