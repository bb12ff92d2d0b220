import { setTimeout as pause } from 'node:timers/promises';

const SUPPLIERS = process.env.SUPPLIERS_URL ?? 'http://127.0.0.1:9099';

/** Asks another company's server, which is not always awake. */
export async function deliveryDays(productId: number): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${SUPPLIERS}/delivery/${productId}`);
    if (answer.ok) return ((await answer.json()) as { days: number }).days;
    if (attempt === 3) throw new Error(`the supplier answered ${answer.status}`);
    await pause(15 * attempt);
  }
}

export async function chargeCard(amount: number): Promise<string> {
  const answer = await fetch(`${SUPPLIERS}/charge`, { method: 'POST', body: JSON.stringify({ amount }) });
  return ((await answer.json()) as { payment: string }).payment;
}
