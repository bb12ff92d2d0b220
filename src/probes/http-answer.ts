import { executionAsyncResource } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';

export type HttpAnswer = Pick<ServerResponse, 'headersSent' | 'req'>;

/**
 * The answer to the HTTP request with which Node has called the application just now. The resource of that call is
 * Node's own: where it does not look as expected, the answer is not known.
 */
export function answerAtHand(): HttpAnswer | undefined {
  const { socket } = executionAsyncResource() as { socket?: { _httpMessage?: unknown } };
  const answer = socket?._httpMessage as HttpAnswer | null | undefined;
  return typeof answer?.headersSent === 'boolean' ? answer : undefined;
}

/** The client has said all, and waits. An answer that has begun may go on for as long as it likes. */
export function isExpected(answer: HttpAnswer | undefined): boolean {
  return answer !== undefined && !answer.headersSent && answer.req?.complete === true;
}
