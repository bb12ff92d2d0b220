import { notice } from './notice.js';
import type { Health } from './otlp-sender.js';

/** How the exports fare, over all signals: said once when they fail, and asked at exit. */
export class Delivery implements Health {
  delivered: boolean | undefined;
  #silent = false;

  failed(where: string, error: Error): void {
    if (this.#silent) return;
    notice(
      'delivery',
      `cannot export to ${withoutSecrets(where)}: ${error.message}. The application is not affected; this is said once.`,
    );
  }

  /** Ours has stepped aside: what it fails to deliver from now on is nobody's concern. */
  silence(): void {
    this.#silent = true;
  }
}

function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return url;
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
