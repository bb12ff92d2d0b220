/** Runs a program of an installed application on the Node of the test. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Nothing of the tests' own environment but the path: an `OTEL_*` variable of the machine's must not decide. */
export function applicationEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    OTEL_SERVICE_NAME: 'application',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    // those of the clouds ask the network
    OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process',
    ...more,
  };
}

/** @throws Error with `code`, `stdout` and `stderr` when it exits with another code than 0, or not at all. */
export function runProgram(
  folder: string,
  args: readonly string[],
  endpoint: string,
): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [...args], {
    cwd: folder,
    timeout: 60_000,
    env: applicationEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
  });
}
