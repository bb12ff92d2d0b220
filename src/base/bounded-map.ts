/** A map that forgets its oldest entries beyond `capacity`, and counts what it forgot. */
export class BoundedMap<K, V> {
  readonly #map = new Map<K, V>();
  #evicted = 0;

  constructor(
    readonly capacity: number,
    private readonly onEvict: (key: K, value: V) => void = () => {},
  ) {}

  get size(): number {
    return this.#map.size;
  }

  get evicted(): number {
    return this.#evicted;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  set(key: K, value: V): void {
    if (this.#map.size >= this.capacity && !this.#map.has(key)) {
      const oldest = this.#map.entries().next().value;
      if (oldest !== undefined) {
        this.#map.delete(oldest[0]);
        this.#evicted++;
        this.onEvict(oldest[0], oldest[1]);
      }
    }
    this.#map.set(key, value);
  }

  delete(key: K): boolean {
    return this.#map.delete(key);
  }

  clear(): void {
    this.#map.clear();
  }

  entries(): IterableIterator<[K, V]> {
    return this.#map.entries();
  }

  values(): IterableIterator<V> {
    return this.#map.values();
  }
}
