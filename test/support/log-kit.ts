/** Log records in memory, through the real SDK. */
import assert from 'node:assert/strict';
import { logs } from '@opentelemetry/api-logs';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';

export interface LogKit {
  named(eventName: string): ReadableLogRecord[];
  /** Waits until there are so many (that `fit`), and gives those. */
  until(
    eventName: string,
    count: number,
    fit?: (record: ReadableLogRecord) => boolean,
  ): Promise<ReadableLogRecord[]>;
  stop(): Promise<void>;
}

const PATIENCE_MS = 10_000;

export function startLogKit(): LogKit {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  logs.setGlobalLoggerProvider(provider);
  const named = (eventName: string) =>
    exporter.getFinishedLogRecords().filter((record) => record.eventName === eventName);
  return {
    named,
    async until(eventName, count, fit = () => true) {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const found = named(eventName).filter(fit);
        if (found.length >= count) return found;
        assert.ok(Date.now() < deadline, `${found.length} of ${count} records named ${eventName}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async stop() {
      await provider.shutdown();
      logs.disable();
    },
  };
}
