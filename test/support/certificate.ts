/** A certificate for 127.0.0.1 that no authority has signed, made by `openssl` for one test. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  key: string;
  cert: string;
  /** Where `cert` lies. */
  file: string;
  remove(): void;
}

/** `undefined` where there is no `openssl`. */
export function makeCertificate(): Certificate | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const keyFile = join(folder, 'key.pem');
  const file = join(folder, 'cert.pem');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=collector';
  const parameters = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', file];
  const made = spawnSync('openssl', [...request.split(' '), ...parameters]);
  if (made.status !== 0) {
    remove();
    return undefined;
  }
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(file, 'utf8'), file, remove };
}
