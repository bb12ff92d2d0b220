import type { TaskKind } from '../types.js';

/**
 * When a resource is over: after its first run; after the last one seen, where Node calls back several times; or,
 * for timers, after the first run unless it repeats, and when it is cleared.
 */
export type Ending = 'first-run' | 'last-run' | 'repeat-or-first';

export interface ResourceKind {
  kind: TaskKind;
  ending: Ending;
  /** The span's name; without it the name is taken from the Node function that user code called. */
  name?: string;
  /**
   * Shown only in debug mode: it says nothing that its neighbours do not say better. A `carrier` is followed all the
   * same, for what Node makes in its callback is part of what user code called; it is shown in debug mode where user
   * code made it itself.
   */
  hidden?: 'hidden' | 'carrier';
  /** Node makes one for the synchronous call too, and never tells that it is over: before its first run it is nothing. */
  alsoSync?: true;
  /** What Node makes more of in its callback is the same operation. */
  continues?: true;
  /** It may take for ever and be well: another process or thread is at work, or it waits for what nobody promised. */
  openEnded?: true;
}

const io = (name?: string, ending: Ending = 'first-run'): ResourceKind => ({ kind: 'io', ending, name });
const openEnded = (name: string, ending?: Ending): ResourceKind => ({ ...io(name, ending), openEnded: true });
const job = (name: string, ending?: Ending): ResourceKind => ({ ...openEnded(name, ending), alsoSync: true });
const hidden = (kind: TaskKind = 'io'): ResourceKind => ({ kind, ending: 'last-run', hidden: 'hidden' });
const carrier: ResourceKind = { kind: 'custom', ending: 'first-run', hidden: 'carrier' };

/** One row per resource type of Node's `async_hooks`; a type that is not here is an `AsyncResource` of a user's. */
const RESOURCE_KINDS: Readonly<Record<string, ResourceKind>> = {
  Timeout: { kind: 'timer', ending: 'repeat-or-first' },
  Immediate: { kind: 'timer', ending: 'repeat-or-first', name: 'setImmediate' },
  GETADDRINFOREQWRAP: io('dns.lookup'),
  GETNAMEINFOREQWRAP: io('dns.lookupService'),
  QUERYWRAP: io('dns.resolve'),
  TCPCONNECTWRAP: io('tcp.connect'),
  PIPECONNECTWRAP: io('pipe.connect'),
  TLSWRAP: io('tls.connect', 'last-run'),
  HTTPCLIENTREQUEST: io('http.request', 'last-run'),
  HTTP2SESSION: io('http2.session', 'last-run'),
  HTTP2STREAM: io('http2.stream', 'last-run'),
  FSREQCALLBACK: { ...io(), continues: true },
  FSREQPROMISE: io(),
  FSEVENTWRAP: openEnded('fs.watch', 'last-run'),
  STATWATCHER: openEnded('fs.watchFile', 'last-run'),
  PROCESSWRAP: openEnded('child_process.spawn'),
  WORKER: openEnded('worker_threads.Worker', 'last-run'),
  ZLIB: job('zlib', 'last-run'),
  BROTLIENCODER: job('zlib', 'last-run'),
  BROTLIDECODER: job('zlib', 'last-run'),
  PBKDF2REQUEST: job('crypto.pbkdf2'),
  SCRYPTREQUEST: job('crypto.scrypt'),
  RANDOMBYTESREQUEST: job('crypto.randomBytes'),
  KEYPAIRGENREQUEST: job('crypto.generateKeyPair'),
  KEYGENREQUEST: job('crypto.generateKey'),
  KEYEXPORTREQUEST: job('crypto.exportKey'),
  CIPHERREQUEST: job('crypto.cipher'),
  DERIVEBITSREQUEST: job('crypto.deriveBits'),
  HASHREQUEST: job('crypto.hash'),
  SIGNREQUEST: job('crypto.sign'),
  VERIFYREQUEST: job('crypto.verify'),
  RANDOMPRIMEREQUEST: job('crypto.generatePrime'),
  CHECKPRIMEREQUEST: job('crypto.checkPrime'),
  TCPWRAP: hidden(),
  TCPSERVERWRAP: hidden(),
  PIPEWRAP: hidden(),
  PIPESERVERWRAP: hidden(),
  TTYWRAP: hidden(),
  UDPWRAP: hidden(),
  UDPSENDWRAP: io('udp.send'),
  SHUTDOWNWRAP: hidden(),
  WRITEWRAP: hidden(),
  STREAMPIPE: hidden(),
  HTTPINCOMINGMESSAGE: hidden(),
  HTTP2PING: hidden(),
  HTTP2SETTINGS: hidden(),
  MESSAGEPORT: hidden(),
  SIGNALWRAP: hidden(),
  ELDHISTOGRAM: hidden(),
  FILEHANDLE: hidden(),
  FILEHANDLECLOSEREQ: hidden(),
  BLOBREADER: hidden(),
  DIRHANDLE: hidden(),
  DNSCHANNEL: hidden(),
  HEAPSNAPSHOT: hidden(),
  CPUHEAPPROFILE: hidden(),
  INSPECTORJSBINDING: hidden(),
  JSSTREAM: hidden(),
  JSUDPWRAP: hidden(),
  WORKERHEAPSNAPSHOT: hidden(),
  QUIC_ENDPOINT: hidden(),
  QUIC_SESSION: hidden(),
  QUIC_STREAM: hidden(),
  TickObject: carrier,
  Microtask: carrier,
  'bound-anonymous-fn': { ...carrier, ending: 'last-run' },
  AsyncGenerator: hidden('custom'),
};

const USER_RESOURCE: ResourceKind = { kind: 'custom', ending: 'last-run' };

export function resourceKindOf(type: string): ResourceKind {
  return Object.hasOwn(RESOURCE_KINDS, type) ? (RESOURCE_KINDS[type] as ResourceKind) : USER_RESOURCE;
}
