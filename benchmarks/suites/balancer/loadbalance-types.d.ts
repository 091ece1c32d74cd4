// The package has no types of its own.
declare module 'loadbalance' {
  interface Engine<T> {
    pick(): T
  }
  const loadbalance: { roundRobin<T>(pool: readonly T[]): Engine<T> }
  export = loadbalance
}
