interface Processor {
  /** Of the SDK's batch processors, private there. */
  _finishedLogRecords?: unknown;
  exportsNothing?: true;
}

interface SdkProvider {
  _sharedState?: { registeredLogRecordProcessors?: Processor[] };
}

/** Those of `register` stand before one of the SDK. */
interface LoggerProvider {
  getDelegate?(): unknown;
}

/**
 * Whether batch processors hold no log record any more, as far as they can be seen (SDK 2 and 3). False where one of
 * another kind may.
 */
export function areLogQueuesEmpty(provider: LoggerProvider | undefined): boolean {
  const { _sharedState } = (provider?.getDelegate?.() ?? provider ?? {}) as SdkProvider;
  const processors = _sharedState?.registeredLogRecordProcessors?.filter((one) => !one.exportsNothing);
  if (processors === undefined) return false;
  return processors.every(
    ({ _finishedLogRecords: waiting }) => Array.isArray(waiting) && waiting.length === 0,
  );
}
