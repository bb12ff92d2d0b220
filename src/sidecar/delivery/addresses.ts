import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { process } from '../../base/process.js';

/** The two ways to ask for a name. */
export interface NameServices {
  /** As the system does it, with its file of hosts and its search list. Holds the end of the process while it asks. */
  system(host: string): Promise<LookupAddress[]>;
  /** The name server alone; can be given up at any time. */
  server(host: string): Promise<LookupAddress[]>;
}

const LOOK_EVERY_MS = 1_000;

/**
 * The addresses of the collectors, known before they are needed. The system's own look-up runs on a thread that Node
 * waits for when the process ends, some seconds where the name server is away: so it is asked for what stands in
 * its file of hosts, or when an export has just shown that the name is known, and never by a dying process.
 */
export class Addresses {
  readonly #known = new Map<string, LookupAddress[]>();
  #hosts: string[] = [];
  /** To be asked for when the next export has been delivered. */
  #stale = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isLast = false;

  constructor(
    private readonly services: NameServices,
    /** Whether the last export was delivered. */
    private readonly healthy: () => boolean,
  ) {}

  /** Finds out the addresses of the hosts of these URLs in good time. */
  prepare(urls: readonly string[]): void {
    const hosts = urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname);
    this.#hosts = [...new Set(hosts)].filter((host) => isIP(host.replace(/^\[|\]$/g, '')) === 0);
    this.#stale = new Set(this.#hosts);
    clearInterval(this.#timer);
    if (this.#hosts.length === 0 || this.#isLast) return;
    for (const host of this.#hosts) if (!this.#known.has(host)) this.#ask(host).catch(() => {});
    this.#timer = setInterval(() => this.#askAgain(), LOOK_EVERY_MS).unref();
  }

  /** From now on nothing may hold the end of the process. */
  last(): void {
    this.#isLast = true;
    clearInterval(this.#timer);
  }

  readonly lookup: LookupFunction = (host, options, done) => {
    this.#find(host).then(
      (found) => {
        const [first] = found;
        if (options.all === true) done(null, found);
        else done(null, first?.address ?? '', first?.family);
      },
      (error) => done(error, '', 0),
    );
  };

  #find(host: string): Promise<LookupAddress[]> {
    const known = this.#known.get(host);
    return known === undefined ? this.#ask(host) : Promise.resolve(known);
  }

  async #ask(host: string): Promise<LookupAddress[]> {
    const bySystem = isInHosts(host) || (this.healthy() && !this.#isLast);
    const found = await (bySystem ? this.services.system(host) : this.services.server(host));
    if (found.length === 0) throw new Error(`${host} has no address`);
    this.#known.set(host, found);
    return found;
  }

  /** A collector that comes back may have moved; and some names are known to the system alone. */
  #askAgain(): void {
    if (!this.healthy()) {
      this.#stale = new Set(this.#hosts);
      return;
    }
    const stale = [...this.#stale];
    this.#stale.clear();
    for (const host of stale) this.#ask(host).catch(() => {});
  }
}

/** Every system answers for it without asking anybody. */
function isInHosts(host: string): boolean {
  return /(^|\.)localhost$/i.test(host);
}

const SERVER_TIMEOUT_MS = 1_000;

/** Loaded when the first name is asked for: most collectors stand at an address, or on this machine. */
export function nodeNameServices(): NameServices {
  const dns = () => process.getBuiltinModule('node:dns');
  return {
    system: (host) => dns().promises.lookup(host, { all: true }),
    async server(host) {
      const resolver = new (dns().promises.Resolver)({ timeout: SERVER_TIMEOUT_MS, tries: 1 });
      const ask = async (family: 4 | 6) => {
        const addresses = await (family === 4 ? resolver.resolve4(host) : resolver.resolve6(host));
        return addresses.map((address) => ({ address, family }));
      };
      return ask(4).catch(() => ask(6));
    },
  };
}
