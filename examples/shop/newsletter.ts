import { setTimeout as pause } from 'node:timers/promises';

/** Answers at once; the mail follows. Nobody waits for it, so nobody hears that it failed. */
export function subscribe(address: string): { subscribed: string } {
  void sendWelcomeMail(address);
  return { subscribed: address };
}

class MailError extends Error {
  override readonly name = 'MailError';
}

async function sendWelcomeMail(address: string): Promise<void> {
  await pause(20);
  if (!address.includes('@')) throw new MailError(`"${address}" is no mail address`);
}
