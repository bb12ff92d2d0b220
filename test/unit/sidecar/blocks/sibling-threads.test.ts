import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Session } from 'node:inspector';
import test from 'node:test';
import { SiblingThreads } from '../../../../src/sidecar/blocks/sibling-threads.js';

function scene() {
  const posted: [method: string, params: { sessionId?: string; message?: string }][] = [];
  const session = Object.assign(new EventEmitter(), {
    post: (method: string, params = {}) => void posted.push([method, params]),
  });
  const threads = new SiblingThreads(session as unknown as Session);
  const attach = (threadId: number) =>
    session.emit('NodeWorker.attachedToWorker', {
      params: { sessionId: `s${threadId}`, workerInfo: { title: `[worker ${threadId}] name` } },
    });
  const sent = () =>
    posted
      .filter(([method]) => method === 'NodeWorker.sendMessageToWorker')
      .map(([, { sessionId, message }]) => `${sessionId} ${JSON.parse(message ?? '').method}`);
  return { session, threads, attach, sent };
}

test('a question waits until its thread is known', () => {
  const { session, threads, attach, sent } = scene();
  const answers: unknown[] = [];
  threads.evaluate(3, { expression: '1' }, (value) => answers.push(value));
  assert.deepEqual(sent(), []);
  attach(3);
  assert.deepEqual(sent(), ['s3 Runtime.evaluate']);
  const message = JSON.stringify({ id: 1, result: { result: { value: 'answer' } } });
  for (let again = 0; again < 2; again++) {
    session.emit('NodeWorker.receivedMessageFromWorker', { params: { message } });
  }
  assert.deepEqual(answers, ['answer']);
});

test('a thread that becomes known after the session has ended is sent nothing', () => {
  const { threads, attach, sent } = scene();
  attach(3);
  threads.evaluate(4, { expression: '1' }, () => {});
  threads.leave();
  attach(4);
  assert.deepEqual(sent(), ['s3 Runtime.discardConsoleEntries']);
});
